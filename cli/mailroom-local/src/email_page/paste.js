// A command to paste, with a button that copies it.

import { announce, make, put } from "/_sandbox/view.js";

export function command(text) {
  const code = make("code");
  put(code, text);
  const button = make("button", "", "Copy");
  button.type = "button";
  button.addEventListener("click", async () => {
    const done = await copied(code);
    put(button, done);
    announce(done);
  });
  return make("div", "command", make("pre", "", code), button);
}

// A browser may refuse the clipboard: then the text is selected, so that a key copies it.
async function copied(code) {
  try {
    await navigator.clipboard.writeText(code.textContent);
    return "Copied";
  } catch {
    getSelection().selectAllChildren(code);
    return "Selected: press Ctrl+C";
  }
}
