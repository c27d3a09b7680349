"""Doors to the outside: mail, chats and folders. A message goes in, a receipt comes back."""
