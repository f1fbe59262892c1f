"""Images from people we do not know: looked into, fetched, unpacked and converted at arm's length."""
