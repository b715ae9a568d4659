"""How near u·v comes to PMI - log k."""
