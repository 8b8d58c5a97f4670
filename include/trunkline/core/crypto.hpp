#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trunkline::json {
class value;
}

/// The few primitives Trunkline needs, on OpenSSL; nothing of our own. All functions are
/// thread-safe.
namespace trunkline::crypto {

using digest = std::array<unsigned char, 32>;

digest sha256(std::string_view bytes);
digest hmac_sha256(std::string_view key, std::string_view message);
/// Of the two parts put together, without doing so.
digest hmac_sha256(std::string_view key, std::string_view head, std::string_view tail);
/// Takes time that does not depend on where the inputs differ.
bool equal_constant_time(std::string_view a, std::string_view b) noexcept;

std::string to_hex(std::string_view bytes);
std::string to_hex(digest const& d);
/// Nothing if the text is not an even number of hex digits.
std::optional<std::string> from_hex(std::string_view text);
std::string to_base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);

/// Bytes of the operating system's generator. Throws std::runtime_error if it fails.
std::string random_bytes(std::size_t count);

/// AES-256-GCM: 12-byte random nonce | ciphertext | 16-byte tag. Precondition: key.size() == 32.
std::string seal(std::string_view key, std::string_view plaintext, std::string_view associated_data);
/// Nothing if key, text or associated data is not what was sealed.
std::optional<std::string> open(
    std::string_view key, std::string_view sealed, std::string_view associated_data);

/// SHA-256 of the canonical form: independent of key order, escaping and number spelling.
/// Lower-case hex.
std::string content_hash(json::value const& document);

/// Overwrites a secret in memory before it is released.
void wipe(std::string& secret) noexcept;

} // namespace trunkline::crypto
