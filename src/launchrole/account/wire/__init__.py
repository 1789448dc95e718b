"""AWS' wire protocols from the server's side: which operation a request is for, its input, and how answers look.

The input is read strictly, by botocore's models, and what the door has read is what services receive: a request is
never passed on as it came, so nothing in it can mean one thing to the door and another to the service.
"""
