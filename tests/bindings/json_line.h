/* Just enough JSON for a line of scenarios.json in C: values are found and handed on, never built.
 * Texts are trusted to be JSON; the driver wrote them. */
#ifndef TRUNKLINE_TESTS_JSON_LINE_H
#define TRUNKLINE_TESTS_JSON_LINE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A value as it is written; text is NULL if there is none. */
typedef struct slice {
    char const* text;
    size_t size;
} slice;

static char const* skip_space(char const* p)
{
    return p + strspn(p, " \t\r\n");
}

static char const* skip_string(char const* p)
{
    for (++p; *p != '"'; ++p)
        if (*p == '\\') ++p;
    return p + 1;
}

static char const* skip_value(char const* p)
{
    int depth = 0;
    do {
        if (*p == '"') {
            p = skip_string(p);
        } else if (*p == '{' || *p == '[') {
            ++depth;
            ++p;
        } else if (*p == '}' || *p == ']') {
            --depth;
            ++p;
        } else if (depth > 0) {
            ++p;
        } else {
            p += strcspn(p, ",]} \t\r\n");
        }
    } while (depth > 0);
    return p;
}

static inline slice slice_of(char const* begin, char const* end)
{
    slice s;
    s.text = begin;
    s.size = (size_t)(end - begin);
    return s;
}

static inline int is_null(slice v)
{
    return v.text == NULL || *v.text == 'n';
}

/* The member of an object; {NULL, 0} if it has none of that name. */
static inline slice member(slice object, char const* name)
{
    char const* p;
    slice none = {NULL, 0};
    if (object.text == NULL || *object.text != '{') return none;
    p = skip_space(object.text + 1);
    while (*p == '"') {
        char const *key = p + 1, *key_end, *begin, *end;
        p = skip_string(p);
        key_end = p - 1;
        begin = skip_space(skip_space(p) + 1);
        end = skip_value(begin);
        if (strlen(name) == (size_t)(key_end - key) && memcmp(name, key, strlen(name)) == 0)
            return slice_of(begin, end);
        p = skip_space(end);
        if (*p == ',') p = skip_space(p + 1);
    }
    return none;
}

/* The first, second, ... element of an array; {NULL, 0} behind the last. */
static inline slice element(slice array, size_t index)
{
    char const* p;
    slice none = {NULL, 0};
    if (array.text == NULL || *array.text != '[') return none;
    p = skip_space(array.text + 1);
    while (*p != ']') {
        char const* end = skip_value(p);
        if (index-- == 0) return slice_of(p, end);
        p = skip_space(end);
        if (*p == ',') p = skip_space(p + 1);
    }
    return none;
}

static inline unsigned hex4(char const* p)
{
    char digits[5] = {0};
    memcpy(digits, p, 4);
    return (unsigned)strtoul(digits, NULL, 16);
}

static inline char* put_utf8(char* to, unsigned long c)
{
    if (c < 0x80) {
        *to++ = (char)c;
    } else if (c < 0x800) {
        *to++ = (char)(0xc0 | c >> 6);
        *to++ = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *to++ = (char)(0xe0 | c >> 12);
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    } else {
        *to++ = (char)(0xf0 | c >> 18);
        *to++ = (char)(0x80 | (c >> 12 & 0x3f));
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    }
    return to;
}

/* The bytes of a string, with a zero behind them; for free(). Empty for anything that is no string. */
static inline char* text_of(slice v, size_t* size)
{
    char *out = calloc(v.size + 1, 1), *to = out;
    char const* p;
    *size = 0;
    if (out == NULL) abort();
    if (v.text == NULL || *v.text != '"') return out;
    for (p = v.text + 1; *p != '"'; ++p) {
        static char const from[] = "nrtbf", into[] = "\n\r\t\b\f";
        char const* known;
        if (*p != '\\') {
            *to++ = *p;
            continue;
        }
        ++p;
        if (*p == 'u') {
            unsigned long c = hex4(p + 1);
            p += 4;
            if (c >= 0xd800 && c < 0xdc00 && p[1] == '\\' && p[2] == 'u') {
                c = 0x10000 + ((c - 0xd800) << 10) + (hex4(p + 3) - 0xdc00);
                p += 6;
            }
            to = put_utf8(to, c);
        } else {
            known = strchr(from, *p);
            *to++ = known ? into[known - from] : *p;
        }
    }
    *size = (size_t)(to - out);
    return out;
}

static inline int64_t int_of(slice v, int64_t otherwise)
{
    return is_null(v) ? otherwise : (int64_t)strtoll(v.text, NULL, 10);
}

static inline double real_of(slice v, double otherwise)
{
    return is_null(v) ? otherwise : strtod(v.text, NULL);
}

static inline void print_text(char const* text, size_t size)
{
    size_t i;
    putchar('"');
    for (i = 0; i < size; ++i) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\') printf("\\%c", c);
        else if (c < 0x20) printf("\\u%04x", c);
        else putchar(c);
    }
    putchar('"');
}

#endif
