//! Where our AWS and moto differ. One of the two is wrong: `docs/LOCAL.md` says which, and how we know.
