"""One module for each reference page; its ``text()`` returns the page's text."""
