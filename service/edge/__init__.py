"""The edge: how requests come in from the network, before anything is asked of the application."""
