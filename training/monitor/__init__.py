"""After promotion: was what we recommend bought, and is the shop still the one we learnt from?"""
