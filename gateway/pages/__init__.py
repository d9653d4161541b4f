"""What every room's pages share: languages, formats, addresses, templates, styles.

It lies below the rooms: they import it, it imports none of them.
"""
