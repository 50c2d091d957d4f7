#pragma once

// A hot loop is compiled twice and the processor chooses at run time. AVX2 without FMA gives the
// same bits as the plain version.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define GPST_VECTOR_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define GPST_VECTOR_CLONES
#endif
