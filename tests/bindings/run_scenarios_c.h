/* What the parts of the C host share. */
#ifndef TRUNKLINE_TESTS_RUN_SCENARIOS_H
#define TRUNKLINE_TESTS_RUN_SCENARIOS_H

#include "json_line.h"

#include <trunkline/trunkline.h>

enum kind { no_kind, space, breaker, limiter, leases, masker, stream, client, token, header };

typedef struct thing {
    enum kind kind;
    char* name;
    void* handle;
    uint64_t number;
} thing;

typedef struct text {
    char* data;
    size_t size;
} text;

extern slice step;     /* under way */
extern text texts[64]; /* of it; freed when it is done */
extern size_t text_count;

text text_in(slice of, char const* name);
thing* find(char const* member_name);
void* handle(char const* member_name);
uint64_t number(char const* member_name);
void keep(enum kind k, void* h, uint64_t n);
void close_thing(thing* t);
void close_all(void);
void print_status(trunkline_status s);
void print_opened(enum kind k, void* h, trunkline_status s);
void print_true(int yes);
int64_t int_in(char const* name, int64_t otherwise);
int32_t index_in(char const* name, char const* const* names, int32_t count);
uint32_t flags_of(slice object, char const* const* names, uint32_t count);
void space_step(char const* what);
void breaker_step(char const* what);
void limiter_step(char const* what);
void leases_step(char const* what);
void mask_step(char const* what);
void webhook_step(char const* what);

#define COUNT(a) ((int32_t)(sizeof(a) / sizeof *(a)))
#define OPTION(name, type) o.name = (type)int_of(member(options, #name), 0)

#endif
