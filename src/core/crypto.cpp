#include <trunkline/core/crypto.hpp>
#include <trunkline/core/json.hpp>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <limits>
#include <memory>
#include <stdexcept>

namespace trunkline::crypto {
namespace {

constexpr std::size_t key_size = 32;
constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;

struct free_cipher {
    void operator()(EVP_CIPHER_CTX* c) const noexcept { EVP_CIPHER_CTX_free(c); }
};
using cipher_context = std::unique_ptr<EVP_CIPHER_CTX, free_cipher>;

struct free_mac {
    void operator()(EVP_MAC_CTX* c) const noexcept { EVP_MAC_CTX_free(c); }
};
using mac_context = std::unique_ptr<EVP_MAC_CTX, free_mac>;

[[noreturn]] void fail(char const* what)
{
    char reason[160] = "no reason given";
    if (auto const code = ERR_get_error()) ERR_error_string_n(code, reason, sizeof reason);
    ERR_clear_error();
    throw std::runtime_error(std::string("OpenSSL: ") + what + " failed: " + reason);
}

void require(int result, char const* what)
{
    if (result != 1) fail(what);
}

unsigned char const* bytes_of(std::string_view text) noexcept
{
    return reinterpret_cast<unsigned char const*>(text.empty() ? "" : text.data());
}

unsigned char* bytes_of(std::string& text) noexcept
{
    return reinterpret_cast<unsigned char*>(text.data());
}

/// OpenSSL counts in int.
int length_of(std::string_view text)
{
    if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
        throw std::length_error("too long for one cryptographic operation");
    return static_cast<int>(text.size());
}

void require_key(std::string_view key)
{
    if (key.size() != key_size) throw std::invalid_argument("AES-256-GCM needs a key of 32 bytes");
}

cipher_context make_context()
{
    cipher_context c(EVP_CIPHER_CTX_new());
    if (!c) fail("EVP_CIPHER_CTX_new");
    return c;
}

int hex_digit(char c) noexcept
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// Looking an algorithm up costs as much as a short message, so it is done once for the process.
/// Never freed: what is held stays usable while the process ends.
EVP_MAC* hmac_algorithm()
{
    static EVP_MAC* const found = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    if (!found) fail("EVP_MAC_fetch");
    return found;
}

EVP_MD const* sha256_algorithm()
{
    static EVP_MD* const found = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    if (!found) fail("EVP_MD_fetch");
    return found;
}

} // namespace

digest sha256(std::string_view bytes)
{
    digest out;
    require(
        EVP_Digest(bytes_of(bytes), bytes.size(), out.data(), nullptr, sha256_algorithm(), nullptr),
        "SHA-256");
    return out;
}

digest hmac_sha256(std::string_view key, std::string_view message)
{
    digest out;
    if (!HMAC(sha256_algorithm(), bytes_of(key), length_of(key), bytes_of(message), message.size(),
            out.data(), nullptr))
        fail("HMAC-SHA-256");
    return out;
}

digest hmac_sha256(std::string_view key, std::string_view head, std::string_view tail)
{
    mac_context const c(EVP_MAC_CTX_new(hmac_algorithm()));
    if (!c) fail("EVP_MAC_CTX_new");
    char sha256_name[] = "SHA256";
    OSSL_PARAM const parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, sha256_name, 0),
        OSSL_PARAM_construct_end()};
    require(EVP_MAC_init(c.get(), bytes_of(key), key.size(), parameters), "HMAC-SHA-256");
    for (auto const part : {head, tail})
        require(EVP_MAC_update(c.get(), bytes_of(part), part.size()), "HMAC-SHA-256");
    digest out;
    std::size_t size = 0;
    require(EVP_MAC_final(c.get(), out.data(), &size, out.size()), "HMAC-SHA-256");
    return out;
}

bool equal_constant_time(std::string_view a, std::string_view b) noexcept
{
    return a.size() == b.size() && CRYPTO_memcmp(bytes_of(a), bytes_of(b), a.size()) == 0;
}

std::string to_hex(std::string_view bytes)
{
    constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (char const c : bytes) {
        auto const byte = static_cast<unsigned char>(c);
        out += digits[byte >> 4];
        out += digits[byte & 0xf];
    }
    return out;
}

std::string to_hex(digest const& d)
{
    return to_hex(std::string_view(reinterpret_cast<char const*>(d.data()), d.size()));
}

std::optional<std::string> from_hex(std::string_view text)
{
    if (text.size() % 2 != 0) return std::nullopt;
    std::string out;
    out.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        auto const high = hex_digit(text[i]);
        auto const low = hex_digit(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high << 4 | low);
    }
    return out;
}

std::string to_base64(std::string_view bytes)
{
    auto const length = length_of(bytes);
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0'); // EVP_EncodeBlock ends with a NUL
    out.resize(static_cast<std::size_t>(EVP_EncodeBlock(bytes_of(out), bytes_of(bytes), length)));
    return out;
}

std::optional<std::string> from_base64(std::string_view text)
{
    if (text.size() % 4 != 0) return std::nullopt;
    std::string out(text.size() / 4 * 3, '\0');
    if (EVP_DecodeBlock(bytes_of(out), bytes_of(text), length_of(text)) < 0) return std::nullopt;
    // EVP_DecodeBlock counts padding as zero bytes.
    for (auto end = text.size(); end > 0 && text[end - 1] == '=' && !out.empty(); --end)
        out.pop_back();
    // It also accepts white space, misplaced padding and stray bits: only one spelling is ours.
    if (to_base64(out) != text) return std::nullopt;
    return out;
}

std::string random_bytes(std::size_t count)
{
    std::string out(count, '\0');
    require(RAND_bytes(bytes_of(out), length_of(out)), "RAND_bytes");
    return out;
}

std::string seal(std::string_view key, std::string_view plaintext, std::string_view associated_data)
{
    require_key(key);
    auto out = random_bytes(nonce_size);
    out.resize(nonce_size + plaintext.size() + tag_size);
    auto* const nonce = bytes_of(out);
    auto* const text = nonce + nonce_size;
    auto* const tag = text + plaintext.size();

    auto const c = make_context();
    int done = 0;
    require(EVP_EncryptInit_ex2(c.get(), EVP_aes_256_gcm(), bytes_of(key), nonce, nullptr),
        "AES-GCM key");
    require(EVP_EncryptUpdate(
                c.get(), nullptr, &done, bytes_of(associated_data), length_of(associated_data)),
        "AES-GCM associated data");
    require(EVP_EncryptUpdate(c.get(), text, &done, bytes_of(plaintext), length_of(plaintext)),
        "AES-GCM encryption");
    require(EVP_EncryptFinal_ex(c.get(), text + done, &done), "AES-GCM encryption");
    require(EVP_CIPHER_CTX_ctrl(c.get(), EVP_CTRL_AEAD_GET_TAG, int(tag_size), tag), "AES-GCM tag");
    return out;
}

std::optional<std::string> open(
    std::string_view key, std::string_view sealed, std::string_view associated_data)
{
    require_key(key);
    if (sealed.size() < nonce_size + tag_size) return std::nullopt;
    auto const ciphertext = sealed.substr(nonce_size, sealed.size() - nonce_size - tag_size);
    std::string tag(sealed.substr(sealed.size() - tag_size));

    auto const c = make_context();
    std::string out(ciphertext.size() + 1, '\0'); // never empty: OpenSSL refuses a null output
    int done = 0;
    require(
        EVP_DecryptInit_ex2(c.get(), EVP_aes_256_gcm(), bytes_of(key), bytes_of(sealed), nullptr),
        "AES-GCM key");
    require(EVP_DecryptUpdate(
                c.get(), nullptr, &done, bytes_of(associated_data), length_of(associated_data)),
        "AES-GCM associated data");
    require(EVP_DecryptUpdate(
                c.get(), bytes_of(out), &done, bytes_of(ciphertext), length_of(ciphertext)),
        "AES-GCM decryption");
    require(EVP_CIPHER_CTX_ctrl(c.get(), EVP_CTRL_AEAD_SET_TAG, int(tag_size), tag.data()),
        "AES-GCM tag");
    if (EVP_DecryptFinal_ex(c.get(), bytes_of(out) + done, &done) != 1) {
        ERR_clear_error();
        wipe(out); // unauthenticated plaintext goes nowhere
        return std::nullopt;
    }
    out.resize(ciphertext.size());
    return out;
}

std::string content_hash(json::value const& document)
{
    return to_hex(sha256(json::canonical(document)));
}

void wipe(std::string& secret) noexcept
{
    secret.resize(secret.capacity()); // the part beyond the end may hold earlier characters
    OPENSSL_cleanse(secret.data(), secret.size());
    secret.clear();
}

} // namespace trunkline::crypto
