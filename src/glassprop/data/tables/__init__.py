"""Tables as text: headers, what columns are for, what targets mean; imports files, examples."""
