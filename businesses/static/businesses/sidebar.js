/* The sidebar begins folded, as the lists need the width; Django's own script, which comes after
   this one, remembers what somebody chooses. */
"use strict";

(() => {
    const IS_OPEN = "django.admin.navSidebarIsOpen";
    if (localStorage.getItem(IS_OPEN) === null) localStorage.setItem(IS_OPEN, "false");
})();
