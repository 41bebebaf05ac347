//! Our AWS and [moto](https://docs.getmoto.org) side by side, without the functions: where the two differ
//! (`differences`). What the functions do on both is all over this crate: every test in an `on_both!`.

mod differences;
