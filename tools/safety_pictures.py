"""placeholder while measuring prompts"""
def measured(table, share): return ""
