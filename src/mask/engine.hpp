#pragma once

#include "anchors.hpp"
#include "context.hpp"
#include "output.hpp"
#include "policy_data.hpp"
#include "window.hpp"

#include <algorithm>
#include <utility>

namespace trunkline::mask_detail {

class command;

/// What the engine is in the middle of.
enum class mode : std::uint8_t {
    scan,    ///< Looking for something.
    quoted,  ///< In a value that goes, up to its closing quote.
    run,     ///< In a token that goes, up to the first other character.
    subtree, ///< Below a sensitive key, leaf by leaf.
    pem,     ///< In a private key.
    rest,    ///< In a value without quotes that goes, up to what ends it.
};

/// A place in a document that gives keys a meaning of their own, up to where its bracket closes.
enum class place : std::uint8_t { none, tools, speech, words };

/// What the text as a whole is, by its first signs.
enum class whole : std::uint8_t { unknown, document, other };

/// The columns of a text that is a table: names in its first line, values below.
class value_table {
public:
    static constexpr std::size_t most_columns = 40;
    byte separator = 0; ///< 0: the text is none.
    std::uint8_t count = 0;
    std::uint8_t column = 0; ///< Where the text is.
    bool below = false;      ///< Behind the line that heads it.
    std::size_t head = 0;    ///< Where that ends, in the source.
    std::array<key_class, most_columns> columns;
};

/// The columns of the statement whose rows are being read: insert into t (a, b) values (1, 2), (3, 4)
class statement_rows {
public:
    static constexpr std::size_t most_columns = 64;
    std::size_t end = 0; ///< The closing bracket of its last row, in the source; 0: there is none.
    std::size_t count = 0;
    std::array<key_class, most_columns> columns; ///< Of rule none where any value may stand.
};

/// Where a place ends that no bracket closes.
class place_lines {
public:
    byte notation = 0;     ///< '(' printed arrays, ':' lines of YAML, '<' elements; 0: brackets.
    bool one_line = false; ///< It ends with its line.
    bool indented = false; ///< Nothing but blanks was seen in the line so far:
    unsigned indent = 0;   ///< so many.
    unsigned column = 0;   ///< Of its key.
    unsigned depth = 0;    ///< Elements of its name that are open.
    unsigned outer = 0;    ///< Quotes of a level below end the string it stands in.
    std::uint64_t name = 0;
    std::size_t seen = 0; ///< How far it was looked for its end, in the source.
};

/// Everything the engine knows between two rounds. Small: it is part of what a stream holds.
class engine_state {
public:
    std::size_t position = 0; ///< What was decided so far, in bytes of the source.
    std::size_t floor = 0;    ///< The end of the last mask: nothing looks back beyond it.
    std::size_t masked = 0;   ///< Bytes of the source in masks; distances do not count them.
    std::size_t contexts[context_count] = {}; ///< Where such words ended, plus one; 0: nowhere.
    std::size_t contexts_until = 0;
    std::uint32_t context_kinds = 0; ///< One bit for each that was met since nothing was expected.
    std::uint32_t passed_kinds = 0;  ///< Those of which the reach was passed, see mask().
    std::size_t pair_until = 0; ///< How far the name of a pair reaches, without what is masked.
    std::size_t blob_at = 0;    ///< Where to look on in a run of base64 of which no end is seen.
    key_class pair;
    unsigned open_quotes = 0; ///< One bit a level: a string of that level is open.
    mask_detail::whole whole = mask_detail::whole::unknown;

    mask_detail::mode mode = mask_detail::mode::scan;
    byte quote = 0;          ///< quoted: what closes it; rest: the kind of its end, see go_on_to().
    bool in_subtree = false; ///< quoted, run: go on with the subtree.
    key_class leaf;          ///< subtree: what its leaves are.
    mask_reason reason = mask_reason::value;
    unsigned depth = 0;     ///< subtree: open brackets or elements, or the column of the key.
    byte notation = 0;      ///< subtree: '<' elements, '\n' lines of YAML, 0 brackets.
    std::uint64_t name = 0; ///< subtree: which element.
    char marks[16] = {};    ///< subtree: the source of a quote at its level.
    unsigned marks_size = 0;

    value_table table;
    statement_rows rows;
    mask_detail::place place = mask_detail::place::none;
    unsigned place_depth = 0;
    unsigned place_level = 0; ///< How deeply its document is quoted.
    place_lines lines;
};

/// A key in front of a separator.
class key_place {
public:
    std::size_t begin = 0, end = 0;
    byte quote = 0;           ///< What quotes it; 0 if nothing does.
    std::size_t quote_at = 0; ///< Where the closing one stands.
    bool bracket = false;     ///< [key]
    bool at_line_start = false;
    bool in_query = false; ///< After ?, & or #.
    std::size_t form = 0;  ///< user[name]=x: where its last bracket opens.
};

/// A mask, and where it is.
class engine_finding {
public:
    std::size_t begin = 0, end = 0; ///< In the source.
    std::size_t written = 0;        ///< Where it ends in the output.
    mask_type type = mask_type::generic_secret;
    mask_reason reason = mask_reason::value;
};

/**
 * Finds and masks. Feed it rounds in order; what it does in one depends on the state and on what
 * the round shows, never on memory it keeps elsewhere.
 *
 * Hot is what most documents go through, here and in what is called from here: it stands together
 * in the program, and not scattered over more than twice as much.
 */
class engine {
public:
    engine(policy_data const& policy, mask_zone zone, output& out, mask_counts& counts,
        bool look_into_blobs = true) noexcept
        : policy_(policy),
          zone_(zone),
          out_(out),
          counts_(counts),
          blobs_(look_into_blobs),
          anchors_(policy, zone, met_keys_)
    {}

    /// Where each mask is written down; null: nowhere.
    void tell(std::vector<engine_finding>* findings) noexcept { findings_ = findings; }

    /// `seen` stands at `base` of the source; decides everything that begins before `limit`.
    [[gnu::hot]] void round(
        engine_state& state, std::string_view seen, std::size_t base, std::size_t limit);

private:
    /// Right behind a mask detectors see less before a place than anchors does; so far it is looked
    /// at every character.
    static constexpr std::size_t looked_behind = 4;

    // engine.cpp
    [[gnu::hot]] std::size_t scan(std::size_t i, std::size_t stop);
    [[gnu::hot]] std::size_t next_place(std::size_t i, std::size_t stop);
    void note_quotes(std::size_t end) noexcept;
    void note_each(std::size_t end) noexcept;
    /// Notes what was passed without a search: names, what stands around values, what stays.
    void note_to(std::size_t i) noexcept
    {
        if (i != noted_) note_passed(i);
    }
    [[gnu::hot]] void note_passed(std::size_t i) noexcept;
    void note_again(std::size_t i) noexcept;
    [[gnu::hot]] std::uint64_t right_behind(std::size_t i) const noexcept;
    bool is_context_only(std::size_t i) const noexcept;
    [[gnu::hot]] std::size_t at_place(std::size_t i);
    [[gnu::hot]] std::size_t at_word(std::size_t i);
    [[gnu::hot]] std::size_t at_known_word(std::size_t i, byte kinds);
    std::size_t end_of_word(std::size_t i) const noexcept;
    [[gnu::hot]] std::size_t at_bracket(std::size_t i);
    std::size_t at_minus(std::size_t i);
    [[gnu::hot]] void count_bracket(byte c) noexcept;
    [[gnu::hot]] bool count_brackets(std::size_t begin, std::uint64_t brackets) noexcept;

    // engine_number.cpp
    [[gnu::hot]] std::size_t at_digit(std::size_t i);
    [[gnu::hot]] std::size_t number_at(std::size_t i);
    std::size_t number_behind(std::size_t i);
    [[gnu::hot]] void expect(context kind, std::size_t end) noexcept;
    void expect_no_number() noexcept;
    void forget_since(std::uint32_t said) noexcept;
    [[gnu::hot]] bool looks_dialled(std::size_t i, std::size_t end) const noexcept;
    std::string_view number_marks(std::size_t b, std::size_t e) const noexcept;
    bool is_decimal(hit const& h) const noexcept;
    [[gnu::hot]] std::size_t try_context(std::size_t i);

    // engine_blob.cpp
    std::size_t try_blob(std::size_t i);
    [[gnu::hot]] std::size_t look_into(std::size_t i);
    class known_blob;
    [[gnu::hot]] void judge(text t, std::size_t i, known_blob& verdict);
    std::size_t look_further(std::size_t i);
    std::size_t go_on_in_blob(std::size_t i, text t);

    /// What is looked at of a value up to the end of its line.
    static constexpr std::size_t longest_line = 2000;

    // engine_key.cpp
    [[gnu::hot]] std::size_t at_separator(std::size_t i);
    std::size_t own_reference(std::size_t i) const noexcept;
    [[gnu::hot]] bool quoted_key(std::size_t i, key_place& key, key_class const*& c) const noexcept;
    [[gnu::hot]] key_class const* class_of(std::size_t b, std::size_t e) noexcept;
    [[gnu::hot]] bool find_key(std::size_t i, bool arrow, key_place& key) const noexcept;
    [[gnu::hot]] std::size_t by_key(
        key_class c, key_place const& key, std::size_t separator, std::size_t value);
    void remember_pair(std::size_t value, byte quote_or_0);

    // engine_key_value.cpp
    std::size_t behind_quoted_code(
        key_place const& key, std::size_t separator, std::size_t v) const noexcept;
    std::size_t end_of_dumped(std::size_t b, std::size_t e, std::size_t open) const noexcept;
    std::size_t listed_value(key_class c, std::size_t v);
    std::size_t opening_of_array(key_place const& key, std::size_t v) const noexcept;
    std::size_t behind_type(std::size_t v) const noexcept;
    std::size_t behind_tag(std::size_t v) const noexcept;
    std::size_t value_below(key_class c, std::size_t v);
    [[gnu::hot]] bool is_schema(std::size_t v) const noexcept;

    // engine_words.cpp
    class said_words;
    void find_words(std::size_t i, byte quote, std::size_t from, std::size_t stop, std::size_t most,
        bool parted, said_words& out) const noexcept;
    bool names_word(std::size_t p, byte quote) const noexcept;
    std::size_t words_before(std::size_t i, byte quote) const noexcept;
    std::size_t mask_words(std::size_t i, said_words const& words, hit const& h);
    std::size_t mail_of_words(std::size_t i);
    std::size_t written_mail_of_words(std::size_t b, std::size_t sign, byte quote);
    std::size_t value_of_words(std::size_t b, std::size_t e);

    // engine_place.cpp
    void follow_place(std::size_t i) noexcept
    {
        if (s().lines.notation != 0) follow_place_to(i);
    }
    void follow_place_to(std::size_t i) noexcept;
    void pass_in_place(std::size_t b, std::size_t to) noexcept;
    void begin_place(key_class c) noexcept;
    std::size_t enter_place(key_class c, key_place const& key, std::size_t separator, std::size_t v);
    key_class class_in_place(
        key_class c, std::size_t i, std::size_t name, std::size_t name_end, std::size_t close);
    bool is_member(key_place const& key, std::size_t separator, std::size_t v) const noexcept;
    std::size_t end_of_speech(key_place const& key, std::size_t v) const noexcept;

    // engine_key_beside.cpp
    [[gnu::hot]] std::size_t at_pair(std::size_t i);
    std::size_t raw_headers(std::size_t i, std::size_t first);
    std::size_t at_tag(std::size_t i);
    std::size_t element_beside(
        std::size_t i, std::size_t name, std::size_t name_end, std::size_t close);
    bool attribute_names(std::size_t i, key_class& c) noexcept;
    std::size_t behind_tag_sign(std::size_t i, std::size_t reach) noexcept;
    bool names_columns(std::size_t e) const noexcept;
    bool is_named_behind(key_place const& key, std::size_t v) const noexcept;
    bool value_before_name(std::size_t value_end, key_class& c) noexcept;

    // engine_call.cpp
    std::size_t at_call(std::size_t i);
    std::size_t end_of_argument(std::size_t open) noexcept;

    // engine_notation.cpp
    std::size_t at_option(std::size_t i);
    std::size_t sql_tuple(std::size_t i);
    std::size_t serialized(std::size_t i);
    bool after_curl(std::size_t i) const noexcept;
    std::size_t command_option(std::size_t i);
    bool ends_open(std::size_t e, byte quote) noexcept;
    std::size_t curl_cookie(std::size_t i);
    std::size_t curl_user(std::size_t i);
    std::size_t curl_cluster(std::size_t i);
    std::size_t user_password(std::size_t i, byte quote);
    std::size_t at_row(std::size_t i);
    bool rows_of(std::size_t i);
    std::size_t mask_row(std::size_t v);

    // engine_table.cpp
    void begin_table();
    bool heads_table(std::size_t line, std::size_t next) noexcept;
    std::size_t table_field(std::size_t i);
    std::size_t basic_credentials(key_place const& key, std::size_t separator, std::size_t v);
    bool call_is_live(std::size_t i) const noexcept;

    // engine_value.cpp
    [[gnu::hot]] std::size_t quoted_value(key_class c, std::size_t open);
    std::size_t bare_value(key_class c, key_place const& key, std::size_t separator, std::size_t v);
    std::size_t parameters(key_place const& key, std::size_t v, std::size_t b);
    std::size_t end_of_words(
        key_class c, key_place const& key, std::size_t v, std::size_t e) const noexcept;
    std::size_t before_stars(key_place const& key, std::size_t v, std::size_t e) const noexcept;
    std::size_t block_value(key_class c, std::size_t v);
    bool mask_inside(key_class c, std::size_t b, std::size_t e);
    [[gnu::hot]] bool mask_part(key_class c, std::size_t b, std::size_t e);
    /// Behind the value [b, e) of which something went: where it ends, or the rest of it begins.
    std::size_t behind_part(std::size_t b, std::size_t e) const noexcept
    {
        return floor_ > b && floor_ < e ? floor_ : e;
    }
    bool is_label(key_class c, std::size_t b, std::size_t e) const noexcept;
    bool holds_mask(std::size_t b, std::size_t e) const noexcept;
    void scan_before(std::size_t from, std::size_t to);
    [[gnu::hot]] bool leaf_goes(key_class c, std::size_t b, std::size_t e) const noexcept;

    // engine_parts.cpp
    void mask_cookies(std::size_t b, std::size_t e);
    void mask_addresses(std::size_t b, std::size_t e);
    [[gnu::hot]] bool mask_link(std::size_t b, std::size_t e);
    bool mask_hook(std::size_t b, std::size_t e, std::size_t least);

    // engine_none.cpp
    /// As is_placeholder(), but in speech "null" is a digit.
    bool says_nothing(key_class c, std::size_t b, std::size_t e) const noexcept
    {
        if (c.rule == key_rule::transcript) return existing_mask(b) == e;
        return is_placeholder(b, e) && !(c.type == mask_type::password && may_be_password(b, e));
    }
    [[gnu::hot]] bool is_placeholder(std::size_t b, std::size_t e) const noexcept;
    bool may_be_password(std::size_t b, std::size_t e) const noexcept;
    bool ends_in_mask(std::size_t b, std::size_t e) const noexcept;
    std::size_t template_end(std::size_t v) const noexcept;
    bool is_sentence(std::size_t b, std::size_t e) const noexcept;
    bool is_prose(std::size_t v, std::size_t e) const noexcept;
    bool is_said_of_values(std::size_t v, std::size_t e) const noexcept;

    // engine_code.cpp
    bool repeats_key(key_place const& key, std::size_t v, std::size_t e) const noexcept;
    bool is_variable(std::size_t v, std::size_t e) const noexcept;
    bool continues_key(key_place const& key, std::size_t v, std::size_t e) const noexcept;
    bool closes_in_line(std::size_t open, std::size_t from) const noexcept;
    std::size_t behind_types(std::size_t open) const noexcept;
    bool is_code(std::size_t v, std::size_t e) const noexcept;
    bool is_type(key_place const& key, std::size_t v) const noexcept;
    bool is_reference(std::size_t v, std::size_t e) const noexcept;
    bool is_directory(key_place const& key, std::size_t v) const noexcept;

    // engine_form.cpp
    std::size_t bare_cookies(key_place const& key, std::size_t separator, std::size_t v);
    bool in_form(key_place const& key, std::size_t separator, std::size_t v) const noexcept;
    std::size_t end_in_form(std::size_t i, std::size_t b, std::size_t e) const noexcept;
    std::size_t said_in_form(
        key_class c, key_place const& key, std::size_t separator, std::size_t v);
    key_class const* class_in_form(key_place& key, std::size_t separator) noexcept;
    key_class const* class_by_path(key_place const& key, std::size_t separator) noexcept;

    // engine_value_end.cpp
    [[gnu::hot]] std::size_t find_close(
        std::size_t i, byte quote, std::size_t at_most) const noexcept;
    /// Whether the quote at `v`, where a value could begin, ends the string that all this stands in.
    bool closes_string(std::size_t v) const noexcept
    {
        return is_double_quote(at(v)) && quote_closes_string(v);
    }
    [[gnu::hot]] bool quote_closes_string(std::size_t v) const noexcept;
    std::size_t end_of_string(std::size_t i, std::size_t e) const noexcept;
    std::size_t end_of_setting(
        key_place const& key, std::size_t separator, std::size_t v) const noexcept;
    std::size_t bare_end(std::size_t v, std::size_t separator, bool in_query) noexcept;
    std::size_t behind_angle(std::size_t e) const noexcept;
    std::size_t end_of_phrase(std::size_t v, std::size_t e) const noexcept;
    std::size_t line_end(std::size_t v, std::size_t at_most) noexcept;
    std::size_t whole_line_end(std::size_t i) const noexcept;
    std::size_t line_value_end(std::size_t v, key_class c, bool to_line_end) const noexcept;
    std::size_t end_of_block(std::size_t i, std::size_t column) const noexcept;

    // engine_mode.cpp
    [[gnu::hot]] std::size_t go_on(std::size_t i);
    std::size_t in_quoted(std::size_t i);
    std::size_t in_run(std::size_t i);
    [[gnu::hot]] std::size_t in_subtree(std::size_t i);
    std::size_t in_pem(std::size_t i);
    std::size_t next_pem_line(std::size_t i) const noexcept;
    std::size_t in_rest(std::size_t i);
    std::size_t go_on_to(byte end, std::size_t e) noexcept;
    std::size_t rest_of_cookies(std::size_t i);
    std::size_t rest_of_block(std::size_t i);
    std::size_t cookies_of_line(std::size_t v);
    std::size_t mask_credentials(hit const& h, mask_reason reason);
    std::size_t begin_pem(std::size_t i);
    void enter_subtree(key_class c, std::size_t i, key_place const& key);

    // engine_below.cpp
    [[gnu::hot]] void leave_subtree() noexcept;
    [[gnu::hot]] void mask_leaf(std::size_t b, std::size_t e);
    void mask_bare_leaf(std::size_t b, std::size_t e);
    [[gnu::hot]] void look_at(std::size_t b, std::size_t e);
    void go_on_below(engine_state const& outer, std::size_t e) noexcept;
    std::size_t printed_leaf(std::size_t v);
    std::size_t end_of_printed(std::size_t v, std::size_t e) const noexcept;
    bool is_printed_line(key_place const& key) const noexcept;
    bool enter_lines(key_class c, key_place const& key, std::size_t v);
    std::size_t in_lines(std::size_t i);
    void enter_elements(key_class c, std::size_t name, std::size_t name_end);
    std::size_t in_elements(std::size_t i);

    // engine_mask.cpp
    /// "[PHONE]", "[CREDIT_CARD:*4242]", "[REDACTED]": its end, or `i` if that is none.
    std::size_t existing_mask(std::size_t i) const noexcept
    {
        return at(i) == '[' ? end_of_existing(i) : i;
    }
    [[gnu::hot]] std::size_t end_of_existing(std::size_t i) const noexcept;
    bool keeps(mask_type type) const noexcept;
    /// Masks [b, e) unless the zone keeps the type. Returns whether it did.
    [[gnu::hot]] bool mask(std::size_t b, std::size_t e, mask_type type, mask_reason reason,
        std::string_view quote = {});
    /// As mask(), and goes on behind it: the token may be longer than what is seen.
    std::size_t mask_run(hit const& h, mask_reason reason);
    [[gnu::hot]] void look_before(std::size_t i, mask_reason reason);
    void look_at_key_before(std::size_t i);
    std::size_t end_of_mask(std::size_t b, std::size_t e) const noexcept;
    std::size_t end_in_document(std::size_t b, std::size_t e) noexcept;
    /// Where to go on instead of `i`: not behind a string with which a value had to end.
    std::size_t behind_cut(std::size_t i) noexcept
    {
        if (cut_off_ == SIZE_MAX) return i;
        return std::min(i, std::max(std::exchange(cut_off_, SIZE_MAX), floor_));
    }
    bool longer(std::size_t e) const noexcept;
    bool is_allowed(std::size_t b, std::size_t e, mask_type type) const noexcept;
    void step();
    [[gnu::hot]] void pass_mask(std::size_t b, std::size_t e) noexcept;
    void pass_mask(std::size_t b, std::size_t e, std::size_t from, std::size_t to) noexcept;
    void swallow(std::size_t b, std::size_t e) noexcept;
    [[gnu::hot]] std::size_t write_mask(
        std::size_t b, std::size_t e, mask_type type, char (&out)[96]) const;
    std::size_t write_token(std::size_t b, std::size_t e, mask_type type, char* out) const;

    text seen() const noexcept { return text(window_.data(), floor_, cut_); }
    byte at(std::size_t i) const noexcept { return i < cut_ ? window_.data()[i] : byte{0}; }
    std::size_t source(std::size_t i) const noexcept { return window_.source(i); }
    bool percent_coded(std::size_t i) const noexcept
    {
        if (!window_.mapped() || i >= window_.size()) return false;
        return raw_[source(i) - base_] == '%' && window_.width(i) > 1;
    }
    /// How often it is percent-coded: %20 once, %2520 twice.
    unsigned percent_level(std::size_t i) const noexcept
    {
        if (!percent_coded(i)) return 0;
        return window_.width(i) > 3 && raw_.substr(source(i) - base_, 3) == "%25" ? 2 : 1;
    }
    source_signs signs() const noexcept
    {
        return {this, [](void const* self, std::size_t scheme, std::size_t sign) noexcept {
                    auto const& me = *static_cast<engine const*>(self);
                    auto const width = [&](std::size_t i) { return me.window_.width(i); };
                    return me.percent_coded(sign) &&
                        width(sign) > std::max(width(scheme), width(scheme + 1));
                }};
    }
    /// A place in the source without what is masked before it.
    std::size_t unmasked(std::size_t i) const noexcept { return source(i) - s().masked; }
    void toggle(byte quote) noexcept;
    engine_state& s() noexcept { return *state_; }
    engine_state const& s() const noexcept { return *state_; }

    policy_data const& policy_;
    mask_zone zone_;
    output& out_;
    mask_counts& counts_;
    bool blobs_;
    std::vector<engine_finding>* findings_ = nullptr;
    std::size_t steps_ = 0;
    unsigned nested_ = 0;
    engine_state* state_ = nullptr;
    std::string_view raw_;
    std::size_t base_ = 0;
    bool last_ = false;              ///< What is seen ends where the input ends.
    std::size_t floor_ = 0;          ///< Of the state, as an index.
    std::size_t cut_ = 0;            ///< Where what is seen ends: the window, or before what goes.
    std::size_t stop_ = 0;           ///< Where this round ends, as an index.
    std::size_t plain_until_ = 0;    ///< Up to here the last round saw no escapes.
    std::size_t noted_ = 0;          ///< Up to here open_quotes tells of every quote outside masks.
    std::size_t known_until_ = 0;    ///< The same where the last mask ended, or the round began.
    unsigned known_quotes_ = 0;      ///< What were open there.
    std::size_t cut_off_ = SIZE_MAX; ///< Where the string ended that a value had to end with.
    std::size_t whole_until_ = 0;    ///< Up to here a string was seen to go on.
    std::size_t leaf_end_ = SIZE_MAX; ///< Of what is looked at as a leaf below a sensitive key.
    bool in_row_ = false;             ///< Its values are being looked at.
    bool in_words_ = false;           ///< What stands between the words of one value is.
    url_run url_run_;
    token_run token_run_;
    mail_run mail_run_;
    spoken_run spoken_run_;
    std::array<context_gap, context_count> gaps_;      ///< Behind the last word of each kind.
    std::array<std::size_t, context_count> earlier_{}; ///< As contexts, where the one before ended.
    /// What was found to hold nothing that ends it: from anywhere in it, the end is the same.
    class stretch {
    public:
        bool holds(std::size_t i) const noexcept { return i >= begin && i <= end; }
        std::size_t begin = 1, end = 0;
    };
    std::array<stretch, 12> bare_values_; ///< By what ends such a value.
    class argument_stretch : public stretch {
    public:
        byte quote = 0;
        unsigned outer = 0;
    };
    std::array<argument_stretch, 3> arguments_; ///< In double quotes; in others, in a string or none.
    stretch line_;                              ///< Up to the end of the line, or a quote.
    mutable stretch whole_line_;                ///< Up to the end of the line.
    stretch untagged_;                          ///< Back to the sign of a tag.
    mutable stretch printed_; ///< Lines of print_r of which none is the next name.
    mutable std::array<stretch, deepest_quote + 1> strings_; ///< Up to a quote, by its level.
    stretch list_; ///< Up to a bracket that closes, behind masks, the end of the line or a quote.
    stretch no_cookies_; ///< Without a pair, a digit or a hump, up to where such a value ends.
    stretch modifier_;   ///< Up to a bracket that closes, a blank or a quote.
    mutable stretch unclosed_; ///< Up to a bracket that closes, or the end of the line.
    mutable stretch bracket_;  ///< From the one that opened last to where it closes, if it does,
    mutable std::size_t bracket_until_ = 0; ///< looked for up to here.
    class command_place {
    public:
        std::size_t behind = 0; ///< Behind the first letter of its name.
        command const* found = nullptr;
    };
    command_place command_before(std::size_t i, byte option) noexcept;
    /// Commands whose options hold passwords, so far as the window was searched for them.
    class seen_commands {
    public:
        std::size_t until = 0;
        std::size_t line = 0;                 ///< Where the line begins.
        std::array<command_place, 6> named{}; ///< The last one, by option.
    };
    seen_commands commands_;
    window window_;
    met_keys met_keys_;
    anchors anchors_;

    /// Runs of base64 that were looked into, those met last.
    class known_blob {
    public:
        byte size = 0;
        bool inside = false;
        bool found = false;
        bool open = false; ///< It is text so far, and its end is not seen.
        mask_type type = mask_type::encoded_secret;
        char bytes[76];
        std::size_t end = 0;
    };
    std::array<known_blob, 8> known_blobs_;
};

/// Whether a number that ends at `e` ends where a document has the end of one: before another item,
/// or the brackets around it, and not in a name.
inline bool ends_item(text t, std::size_t e) noexcept
{
    auto p = t.skip(e, is_space, 200);
    auto const closes = [](byte c) { return c == ']' || c == '}' || c == ')'; };
    if (!closes(t[p])) return p >= t.end() || t[p] == ',';
    p = t.skip(p, closes, 200);
    return !is_word(t[p]) && t[p] != '=' && t[p] != '_';
}

} // namespace trunkline::mask_detail
