#pragma once

#include "chars.hpp"

#include <trunkline/mask/types.hpp>

#include <array>

/// What can be told from a value itself. Every detector looks at a bounded stretch around one place
/// and knows nothing of keys, zones or masks.
namespace trunkline::mask_detail {

class hit {
public:
    hit() {}
    hit(mask_type t, std::size_t b, std::size_t e) : type(t), begin(b), end(e) {}
    explicit operator bool() const noexcept { return end > begin; }
    mask_type type = mask_type::generic_secret;
    std::size_t begin = 0, end = 0;
};

/// "***", "xxxxx", "%s", "$TOKEN" in the place of an URL's password.
bool stands_for_password(std::string_view password) noexcept;

/// Letters and what tokens hold beside them, without a digit; remembered for those that begin in it.
class token_run {
public:
    std::size_t begin = 1, end = 0;
};
/// A vendor's key or token that begins here: "key_...", "ghp_...", a JWT.
[[gnu::hot]] hit find_token(text t, std::size_t i, token_run& run) noexcept;
/// What tokens and what schemes have for credentials are made of.
constexpr bool in_credentials(byte c) noexcept
{
    return is_base64(c) || c == '.' || c == '~' || c == '=' || c == ':';
}
/// "Bearer x", "Basic x": the credentials after the scheme's name. `sure`: an Authorization key
/// stands before it, so that whatever follows is one.
hit find_scheme(text t, std::size_t i, bool sure) noexcept;
/// Whether the word [b, e) names a scheme.
bool is_scheme(text t, std::size_t b, std::size_t e) noexcept;
/// At the ':' of "://": the password, or what of a link opens recordings.
class url_run {
public:
    std::size_t begin = 1,
                end = 0; ///< A path that was seen; remembered for those that begin in it.
};
/// How the signs of the text are written in the source.
class source_signs {
public:
    /// Whether `sign` is percent-coded, and the "://" at `scheme` is not, or not as deeply: then it
    /// belongs to a part of that URL and ends none.
    bool in_part(std::size_t scheme, std::size_t sign) const noexcept
    {
        return tell(engine, scheme, sign);
    }
    void const* engine;
    bool (*tell)(void const* engine, std::size_t scheme, std::size_t sign) noexcept;
};
[[gnu::hot]] hit find_in_url(text t, std::size_t i, url_run& run, source_signs coded) noexcept;
bool ends_authority(byte c) noexcept;
/// Where the authority of a URL ends that begins at `i` ("https://..."); `i` if it is none.
[[gnu::hot]] std::size_t end_of_authority(text t, std::size_t i) noexcept;
/// At an '@'.
[[gnu::hot]] hit find_mail(text t, std::size_t i) noexcept;
/// At the '@' of sip:491713920012@10.0.0.1: the number, which no '+' and no domain tells.
hit find_sip_user(text t, std::size_t i) noexcept;
/// `by_key`: its key says that it is one, whatever its check digits say.
hit find_iban(text t, std::size_t i, bool by_key = false) noexcept;
[[gnu::hot]] hit find_card(text t, std::size_t i, bool expected) noexcept;
/// At a digit, '+' or '('. `expected`: a word before it speaks of telephones.
[[gnu::hot]] hit find_phone(text t, std::size_t i, bool expected) noexcept;
hit find_ip(text t, std::size_t i) noexcept;
/// The same, where the logs of servers have the address of a client: "client: 203.0.113.7,".
hit find_logged_ip(text t, std::size_t i) noexcept;
/// What was seen of spoken words; remembered for words that are met on the way.
class spoken_run {
public:
    std::size_t none_until = 0; ///< No word before here begins a number,
    std::size_t few_until = 0;  ///< or here, one that says that it is dialled.
    std::size_t repeats_begin = 0,
                repeats_end = 0; ///< Nothing but "doppel" and the like, up to the next word.
};
/// "null eins sieben ...": seven number words or more.
[[gnu::hot]] hit find_spoken_number(text t, std::size_t i, spoken_run& run) noexcept;
/// At the word that is said for '@'.
class mail_run { // as spoken_run
public:
    std::size_t begin = 1, end = 0; ///< Words in a row none of which is a dot.
    bool dot = false;               ///< The next one may be.
};
[[gnu::hot]] hit find_spoken_mail(text t, std::size_t i, mail_run& run) noexcept;
/// Whether a single word of a transcript is, or may be a part of, a number or address.
bool says_number(text t, std::size_t b, std::size_t e) noexcept;
/// A date in figures or with the month's name.
hit find_date(text t, std::size_t i) noexcept;
/// base64 or hex of 24 characters or more that begins here, with the text it stands for in `decoded`.
class blob {
public:
    std::size_t end = 0;
    std::size_t size = 0;
    byte decoded[6 * 1024 + 512]; ///< Of 8 KiB in base64 and more.
};
[[gnu::hot]] bool find_blob(text t, std::size_t i, blob& b) noexcept;
/// By its first twelve characters: most ids are none.
[[gnu::hot]] bool may_be_blob(text t, std::size_t i, bool inside) noexcept;

/// The word [b, e) in lower case and ASCII, umlauts written out; empty if it is too long.
using folded_chars = std::array<char, 42>;
std::string_view fold_word(text t, std::size_t b, std::size_t e, folded_chars& out) noexcept;
/// "ä" and "ü" written out or not, any case: whether the word [b, e) is `ascii`.
bool is_word_like(text t, std::size_t b, std::size_t e, std::string_view ascii) noexcept;
/// Decodes base64 of either alphabet; stops at the first other character. Returns bytes written.
[[gnu::hot]] std::size_t decode_base64(
    text t, std::size_t b, std::size_t e, byte* out, std::size_t capacity) noexcept;

} // namespace trunkline::mask_detail
