"""Organisations, their members and roles: who may see and write what."""
