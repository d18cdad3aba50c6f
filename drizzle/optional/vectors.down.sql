DROP TABLE IF EXISTS "memory_vectors";
