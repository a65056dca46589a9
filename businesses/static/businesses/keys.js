/* Keys, as on many sites: / to the search, j and k through the rows of a list, ? for what there is.
   They are silent while somebody types, and can be turned off (WCAG 2.1.4). A row's link gets the
   focus itself, so Enter opens it and a screen reader reads it out. Without this script, Tab does. */
"use strict";

(() => {
    const ROWS = "#result_list tbody tr, .results tbody tr, .causes tbody tr, .found > li";
    const OFF = "businesses.keys"; // in localStorage, while they are turned off
    const TYPES = ["button", "checkbox", "radio", "submit"]; // of fields that nobody types in
    const [dialog, opener] = [document.getElementById("keys"), document.getElementById("keys-button")];
    let last = null; // the row that had the focus last

    const actions = { j: () => move(1), k: () => move(-1), "/": search, "?": show };

    if (dialog && opener) {
        const [box] = dialog.getElementsByTagName("input");
        opener.hidden = false;
        opener.addEventListener("click", show);
        box.checked = !localStorage.getItem(OFF);
        box.addEventListener("change", () => {
            if (box.checked) localStorage.removeItem(OFF);
            else localStorage.setItem(OFF, "off");
        });
    }

    document.addEventListener("keydown", (event) => {
        const act = actions[event.key];
        if (!act || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
        if (isTyping(event.target) || document.querySelector("dialog[open]") || localStorage.getItem(OFF)) return;
        event.preventDefault();
        act();
    });

    document.addEventListener("focusin", (event) => {
        last = event.target.closest(ROWS) ?? last;
    });

    function isTyping(element) {
        const field = element.closest("input, textarea, select, [contenteditable]");
        return field !== null && !TYPES.includes(field.type);
    }

    /* Focus Close here: `autofocus` in a page whose other script has focused something already
       makes the browser complain in its console. */
    function show() {
        dialog?.showModal();
        dialog?.querySelector("button").focus();
    }

    function search() {
        const box = document.getElementById("site-search");
        box?.focus();
        box?.select();
    }

    /* Return the link that opens a row: its heading's, or its first. */
    function linkIn(row) {
        return row.querySelector("th a[href]") ?? row.querySelector("a[href]");
    }

    function move(step) {
        const rows = [...document.querySelectorAll(ROWS)].filter((row) => row.checkVisibility() && linkIn(row));
        if (!rows.length) return;
        const next = rows.includes(last) ? rows.indexOf(last) + step : 0;
        const row = rows[Math.min(Math.max(next, 0), rows.length - 1)];
        linkIn(row).focus();
        row.scrollIntoView({ block: "nearest" });
    }
})();
