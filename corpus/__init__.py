"""What is a document, and what does it say?"""
