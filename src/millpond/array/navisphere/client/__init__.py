"""The program ``naviseccli``: what happens on the administrator's side."""
