"""The operators' JSON API, and what it shares with the dashboard: who may do what, queries, acts."""
