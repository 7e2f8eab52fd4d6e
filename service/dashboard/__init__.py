"""The operators' pages, rendered here and kept fresh by htmx. They show and do what the API does."""
