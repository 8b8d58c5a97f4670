// In the manner of JSONTestSuite: y_ must be read, n_ must be refused. The i_ cases, which RFC 8259
// leaves to the implementation, stand in the first group or the second as this library decides.

#include <trunkline/core/json.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace {

using namespace std::string_view_literals;
namespace json = trunkline::json;

struct sample {
    std::string_view name;
    std::string_view text;
};

constexpr sample accepted[] = {
    {"y_array_empty", "[]"sv},
    {"y_array_space_inside", "[ \t\r\n]"sv},
    {"y_array_empty_string", R"([""])"sv},
    {"y_array_false", "[false]"sv},
    {"y_array_heterogeneous", R"([null, 1, "1", {}])"sv},
    {"y_array_null", "[null]"sv},
    {"y_array_with_newline", "[1\n]"sv},
    {"y_array_with_leading_space", " [1]"sv},
    {"y_array_with_several_null", "[1,null,null,null,2]"sv},
    {"y_array_with_trailing_space", "[2] "sv},
    {"y_array_nested", "[[[[]]],[]]"sv},
    {"y_number", "[123e65]"sv},
    {"y_number_0e+1", "[0e+1]"sv},
    {"y_number_0e1", "[0e1]"sv},
    {"y_number_after_space", "[ 4]"sv},
    {"y_number_close_to_zero", "[-0.00000000000000000000000000000000000000000000000000000001]"sv},
    {"y_number_int_with_exp", "[20e1]"sv},
    {"y_number_minus_zero", "[-0]"sv},
    {"y_number_negative_int", "[-123]"sv},
    {"y_number_real_capital_e", "[1E22]"sv},
    {"y_number_real_capital_e_neg_exp", "[1E-2]"sv},
    {"y_number_real_capital_e_pos_exp", "[1E+2]"sv},
    {"y_number_real_fraction_exponent", "[123.456e78]"sv},
    {"y_number_simple_real", "[123.456789]"sv},
    {"y_number_exponent_leading_zeros", "[1e00007]"sv},
    {"i_number_huge_exp",
        "[0.4e00669999999999999999999999999999999999999999999999999969999999006]"sv},
    {"i_number_neg_int_huge_exp", "[-1e+9999]"sv},
    {"i_number_real_underflow", "[123e-10000000]"sv},
    {"i_number_too_big_int", "[100000000000000000000]"sv},
    {"y_object", R"({"asd":"sdf", "dfg":"fgh"})"sv},
    {"y_object_empty", "{}"sv},
    {"y_object_empty_key", R"({"":0})"sv},
    {"y_object_escaped_null_in_key", R"({"foo\u0000bar": 42})"sv},
    {"y_object_keys_differ_in_case", R"({"a":1,"A":2})"sv},
    {"y_object_with_newlines", "{\n\"a\":\n\"b\"\n}"sv},
    {"y_object_long_strings",
        R"({"x":[{"id":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}],"id":"x"})"sv},
    {"y_string_1_2_3_bytes", R"(["\u0060\u012a\u12AB"])"sv},
    {"y_string_accepted_surrogate_pair", R"(["\uD801\udc37"])"sv},
    {"y_string_two_surrogate_pairs", R"(["\ud83d\ude39\ud83d\udc8d"])"sv},
    {"y_string_allowed_escapes", R"(["\"\\\/\b\f\n\r\t"])"sv},
    {"y_string_backslash_and_u", R"(["\\u0000"])"sv},
    {"y_string_double_escape_n", R"(["\\n"])"sv},
    {"y_string_escaped_control", R"(["\u0012"])"sv},
    {"y_string_escaped_noncharacter", R"(["\uFFFF"])"sv},
    {"y_string_in_array_with_space", R"([ "asd"])"sv},
    {"y_string_comments", R"(["a/*b*/c/*d//e"])"sv},
    {"y_string_null_escape", R"(["\u0000"])"sv},
    {"y_string_del",
        "[\"a\x7f"
        "a\"]"sv},
    {"y_string_utf8_two", "[\"\xc3\xa4\"]"sv},
    {"y_string_utf8_three", "[\"\xe2\x82\xac\xe2\x8d\x82\xe3\x88\xb4\"]"sv},
    {"y_string_utf8_four", "[\"\xf0\x9f\x98\x80\"]"sv},
    {"y_string_last_code_point", "[\"\xf4\x8f\xbf\xbf\"]"sv},
    {"y_string_before_surrogates", "[\"\xed\x9f\xbf\"]"sv},
    {"y_string_after_surrogates", "[\"\xee\x80\x80\"]"sv},
    {"y_string_noncharacter_u+ffff", "[\"\xef\xbf\xbf\"]"sv},
    {"y_string_u+2028", "[\"\xe2\x80\xa8\"]"sv},
    {"y_string_byte_order_mark_inside", "[\"\xef\xbb\xbf\"]"sv},
    {"i_string_lone_high", R"(["\uD800"])"sv},
    {"i_string_lone_low", R"(["\uDFAA"])"sv},
    {"i_string_high_then_text", R"(["\ud800abc"])"sv},
    {"i_string_high_then_escape", R"(["\ud800\n"])"sv},
    {"i_string_two_highs", R"(["\uD800\uD800"])"sv},
    {"i_string_reversed_pair", R"(["\uDd1e\uD834"])"sv},
    {"y_structure_lonely_false", "false"sv},
    {"y_structure_lonely_int", "42"sv},
    {"y_structure_lonely_negative_real", "-0.1"sv},
    {"y_structure_lonely_null", "null"sv},
    {"y_structure_lonely_string", "\"asd\""sv},
    {"y_structure_lonely_true", "true"sv},
    {"y_structure_string_empty", "\"\""sv},
    {"y_structure_trailing_newline", "[\"a\"]\n"sv},
    {"y_structure_white_space_array", " \r\n\t[ ] \t\r\n"sv},
};

constexpr sample refused[] = {
    {"n_array_1_true_without_comma", "[1 true]"sv},
    {"n_array_colon_instead_of_comma", "[\"\": 1]"sv},
    {"n_array_comma_after_close", "[\"\"],"sv},
    {"n_array_comma_and_number", "[,1]"sv},
    {"n_array_double_comma", "[1,,2]"sv},
    {"n_array_double_extra_comma", "[\"x\",,]"sv},
    {"n_array_extra_close", "[\"x\"]]"sv},
    {"n_array_extra_comma", "[\"\",]"sv},
    {"n_array_incomplete", "[\"x\""sv},
    {"n_array_inner_array_no_comma", "[3[4]]"sv},
    {"n_array_items_separated_by_semicolon", "[1:2]"sv},
    {"n_array_just_comma", "[,]"sv},
    {"n_array_just_minus", "[-]"sv},
    {"n_array_missing_value", "[   , \"\"]"sv},
    {"n_array_star_inside", "[*]"sv},
    {"n_array_unclosed", "["sv},
    {"n_array_unclosed_with_newline", "[1\n,\n1"sv},
    {"n_array_closed_by_brace", "[1}"sv},
    {"n_incomplete_false", "[fals]"sv},
    {"n_incomplete_null", "[nul]"sv},
    {"n_incomplete_true", "[tru]"sv},
    {"n_literal_at_the_end", "nul"sv},
    {"n_number_++", "[++1234]"sv},
    {"n_number_+1", "[+1]"sv},
    {"n_number_-01", "[-01]"sv},
    {"n_number_-1.0.", "[-1.0.]"sv},
    {"n_number_-2.", "[-2.]"sv},
    {"n_number_-NaN", "[-NaN]"sv},
    {"n_number_.-1", "[.-1]"sv},
    {"n_number_.2e-3", "[.2e-3]"sv},
    {"n_number_0.1.2", "[0.1.2]"sv},
    {"n_number_0.3e", "[0.3e]"sv},
    {"n_number_0.3e+", "[0.3e+]"sv},
    {"n_number_0.e1", "[0.e1]"sv},
    {"n_number_0_capital_E+", "[0E+]"sv},
    {"n_number_0e", "[0e]"sv},
    {"n_number_1_000", "[1 000.0]"sv},
    {"n_number_1eE2", "[1eE2]"sv},
    {"n_number_2.e+3", "[2.e+3]"sv},
    {"n_number_9.e+", "[9.e+]"sv},
    {"n_number_Inf", "[Inf]"sv},
    {"n_number_NaN", "[NaN]"sv},
    {"n_number_U+FF11", "[\xef\xbc\x91]"sv},
    {"n_number_expression", "[1+2]"sv},
    {"n_number_hex", "[0x42]"sv},
    {"n_number_infinity", "[-Infinity]"sv},
    {"n_number_leading_zero", "[012]"sv},
    {"n_number_minus_space_1", "[- 1]"sv},
    {"n_number_real_garbage_after_e", "[1ea]"sv},
    {"n_number_starting_with_dot", "[.123]"sv},
    {"n_number_with_alpha", "[1.2a-3]"sv},
    {"n_number_ends_with_point", "1."sv},
    {"n_number_lone_minus", "-"sv},
    {"n_object_bad_value", R"(["x", truth])"sv},
    {"n_object_bracket_key", "{[: \"x\"}"sv},
    {"n_object_comma_instead_of_colon", R"({"x", null})"sv},
    {"n_object_double_colon", R"({"x"::"b"})"sv},
    {"n_object_garbage_at_end", R"({"a":"a" 123})"sv},
    {"n_object_key_with_single_quotes", "{'a': 1}"sv},
    {"n_object_missing_colon", R"({"a" b})"sv},
    {"n_object_missing_key", "{:\"b\"}"sv},
    {"n_object_missing_value", R"({"a":)"sv},
    {"n_object_no_colon", R"({"a")"sv},
    {"n_object_non_string_key", "{1:1}"sv},
    {"n_object_unquoted_key", "{a: \"b\"}"sv},
    {"n_object_several_trailing_commas", R"({"id":0,,,,,})"sv},
    {"n_object_trailing_comma", R"({"id":0,})"sv},
    {"n_object_leading_comma", R"({,"id":0})"sv},
    {"n_object_trailing_comment", R"({"a":"b"}/**/)"sv},
    {"n_object_two_commas_in_a_row", R"({"a":"b",,"c":"d"})"sv},
    {"n_object_with_single_string", R"({ "foo" : "bar", "a" })"sv},
    {"n_object_closed_by_bracket", R"({"a":1])"sv},
    {"n_object_duplicated_key", R"({"a":"b","a":"c"})"sv},
    {"n_object_duplicated_key_and_value", R"({"a":"b","a":"b"})"sv},
    {"n_object_duplicated_key_in_another_spelling", R"({"a/b":1,"\u0061\/b":2})"sv},
    {"n_single_space", " "sv},
    {"n_string_1_surrogate_then_escape", R"(["\uD800\"])"sv},
    {"n_string_incomplete_second_surrogate", R"(["\uD800\u1"])"sv},
    {"n_string_accentuated_char_no_quotes", "[\xc3\xa9]"sv},
    {"n_string_backslash_00", "[\"\\\0\"]"sv},
    {"n_string_escape_x", R"(["\x00"])"sv},
    {"n_string_escape_a", R"(["\a"])"sv},
    {"n_string_escaped_apostrophe", R"(["\'"])"sv},
    {"n_string_escaped_backslash_bad", R"(["\\\"])"sv},
    {"n_string_incomplete_escape", R"(["\"])"sv},
    {"n_string_incomplete_escaped_character", R"(["\u00A"])"sv},
    {"n_string_ends_in_escape", "\"\\"sv},
    {"n_string_ends_in_unicode_escape", "\"\\u12"sv},
    {"n_string_ends_behind_high_surrogate", "\"\\ud800\\"sv},
    {"n_string_invalid_unicode_escape", R"(["\uqqqq"])"sv},
    {"n_string_capital_u", R"(["\U0041"])"sv},
    {"n_string_leading_uescaped_thinspace", R"([\u0020"asd"])"sv},
    {"n_string_no_quotes_with_bad_escape", R"([\n])"sv},
    {"n_string_single_quote", "['single quote']"sv},
    {"n_string_unescaped_newline", "[\"new\nline\"]"sv},
    {"n_string_unescaped_tab", "[\"\t\"]"sv},
    {"n_string_unescaped_nul", "[\"a\0a\"]"sv},
    {"n_string_unescaped_unit_separator", "[\"\x1f\"]"sv},
    {"n_string_unclosed", "\"abc"sv},
    {"i_string_iso_latin_1", "[\"\xe9\"]"sv},
    {"i_string_invalid_utf8", "[\"\xff\"]"sv},
    {"i_string_lone_continuation_byte", "[\"\x81\"]"sv},
    {"i_string_not_in_unicode_range", "[\"\xf4\xbf\xbf\xbf\"]"sv},
    {"i_string_first_beyond_unicode", "[\"\xf4\x90\x80\x80\"]"sv},
    {"i_string_overlong_2_bytes", "[\"\xc0\xaf\"]"sv},
    {"i_string_overlong_3_bytes", "[\"\xe0\x80\xaf\"]"sv},
    {"i_string_overlong_6_bytes", "[\"\xfc\x83\xbf\xbf\xbf\xbf\"]"sv},
    {"i_string_overlong_4_bytes", "[\"\xf0\x80\x80\xaf\"]"sv},
    {"i_string_truncated_utf8", "[\"\xe0\xff\"]"sv},
    {"i_string_truncated_at_the_end", "\"\xe2\x82"sv},
    {"i_string_utf8_surrogate_u+d800", "[\"\xed\xa0\x80\"]"sv},
    {"i_string_utf8_surrogate_pair", "[\"\xed\xa0\xbd\xed\xb8\x80\"]"sv},
    {"i_string_utf16_with_bom", "\xff\xfe[\0\"\0]\0"sv},
    {"n_structure_no_data", ""sv},
    {"n_structure_angle_bracket", "<.>"sv},
    {"n_structure_array_trailing_garbage", "[1]x"sv},
    {"n_structure_array_with_extra_close", "[1]]"sv},
    {"n_structure_bom_only", "\xef\xbb\xbf"sv},
    {"i_structure_bom_empty_object", "\xef\xbb\xbf{}"sv},
    {"n_structure_capitalized_true", "[True]"sv},
    {"n_structure_close_unopened_array", "1]"sv},
    {"n_structure_comma_instead_of_closing_brace", R"({"x": true,)"sv},
    {"n_structure_double_array", "[][]"sv},
    {"n_structure_end_array", "]"sv},
    {"n_structure_lone_open_bracket", "["sv},
    {"n_structure_nul_after_the_end", "[]\0"sv},
    {"n_structure_number_with_trailing_garbage", "2@"sv},
    {"n_structure_object_followed_by_closing", "{}}"sv},
    {"n_structure_object_with_comment", R"({"a":/*comment*/"b"})"sv},
    {"n_structure_open_array_object", R"([{"":[{"":[{"":)"sv},
    {"n_structure_open_object_close_array", "{]"sv},
    {"n_structure_single_eacute", "\xc3\xa9"sv},
    {"n_structure_form_feed", "[\f]"sv},
    {"n_structure_vertical_tab", "[\v]"sv},
    {"n_structure_no_break_space", "[\xc2\xa0]"sv},
    {"n_structure_word_joiner", "[\xe2\x81\xa0]"sv},
    {"n_structure_two_values", "true false"sv},
};

} // namespace

TEST_CASE("json suite: what RFC 8259 allows is read, written and read again without a change")
{
    for (auto const& s : accepted) {
        CAPTURE(s.name);
        json::parse_error error;
        auto const read = json::parse(s.text, error);
        CAPTURE(error.message());
        REQUIRE(read);
        for (auto const layout : {json::style::compact, json::style::pretty}) {
            auto const again = json::parse(json::to_text(*read, layout), error);
            REQUIRE(again);
            CHECK(json::identical(*again, *read));
        }
    }
}

TEST_CASE("json suite: what RFC 8259 forbids is refused with a reason and a place in the text")
{
    for (auto const& s : refused) {
        CAPTURE(s.name);
        json::parse_error error;
        CHECK_FALSE(json::parse(s.text, error));
        CHECK_FALSE(error.reason.empty());
        CHECK(error.offset <= s.text.size());
        CHECK(error.line >= 1);
        CHECK(error.column >= 1);
        CHECK(error.message().find('\n') == std::string::npos);
    }
}

TEST_CASE("json suite: no proper prefix of a document is a document")
{
    auto const text = R"({"a":[1.5e3,"\ud83d\ude00 ä",{"b":null}],"c":true})"sv;
    REQUIRE(json::parse(text).is_object());
    for (std::size_t length = 0; length < text.size(); ++length) {
        CAPTURE(length);
        json::parse_error error;
        // A copy of its own, so that a sanitizer sees a read behind the end.
        CHECK_FALSE(json::parse(std::string(text.substr(0, length)), error));
    }
}
