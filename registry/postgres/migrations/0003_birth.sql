-- Another kind: a date of birth. It cannot be used before this step is committed, and is not.
ALTER TYPE registry.kind ADD VALUE 'birth';
