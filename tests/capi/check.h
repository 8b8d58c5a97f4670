#ifndef TRUNKLINE_TESTS_CHECK_H
#define TRUNKLINE_TESTS_CHECK_H

#include <stdio.h>
#include <stdlib.h>

static int failed_checks = 0;

/* Goes on after a failure: one run tells all that is wrong. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                \
            ++failed_checks;                                                                       \
        }                                                                                          \
    } while (0)

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        CHECK(condition);                                                                          \
        if (failed_checks) exit(1);                                                                \
    } while (0)

#endif
