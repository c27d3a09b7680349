"""The command line: one file for each verb, opened only when the verb is used."""
