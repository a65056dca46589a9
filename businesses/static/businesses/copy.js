/* Puts a button beside every id that copies it. Browsers have a clipboard on HTTPS and localhost only. */
"use strict";

(() => {
    if (!navigator.clipboard) return;
    for (const id of document.querySelectorAll("code.id")) {
        const button = document.createElement("button");
        const say = (word) => {
            button.textContent = word;
            button.setAttribute("aria-label", `${word} ${id.textContent}`);
        };
        say("Copy");
        button.type = "button";
        button.className = "copy";
        button.addEventListener("click", () => {
            navigator.clipboard.writeText(id.textContent).then(
                () => say("Copied"),
                () => say("Not copied"),
            );
        });
        button.addEventListener("blur", () => say("Copy"));
        button.addEventListener("pointerleave", () => say("Copy"));
        id.after(button);
    }
})();
