#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

/// What a fuzz target holds to be true; ends the program where it is not.
#define FUZZ_EXPECT(condition)                                                                     \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);           \
            std::abort();                                                                          \
        }                                                                                          \
    } while (false)

/// The entry point of libFuzzer; mutator.cpp calls it where there is no clang.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);
