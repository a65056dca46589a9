/* The key / leads to the search, as on many sites, unless somebody is typing. */
"use strict";

document.addEventListener("keydown", (event) => {
    const box = document.getElementById("site-search");
    const isTyping = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping || !box) {
        return;
    }
    event.preventDefault();
    box.focus();
    box.select();
});
