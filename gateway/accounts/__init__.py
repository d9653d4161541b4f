"""People sign in, accept invitations, see their devices; managers and operators invite, recover and end people."""
