// The page for teachers: on paper each link is written out, with the address that this page was opened from.

import "./words/page.js";

for (const link of document.querySelectorAll("a")) link.dataset.address = link.href;
