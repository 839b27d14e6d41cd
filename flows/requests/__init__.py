"""The request function of each flow: from what a client sent to what the flow works on."""
