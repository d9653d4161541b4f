"""FROM CHAIN TO TABLES: the follower reads logs, the projector applies them, the reader tells them as stories."""
