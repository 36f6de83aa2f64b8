"""How do passages become a directory that can be searched?"""
