#include "keys.hpp"

#include "errors.hpp"
#include "files.hpp"

#include <trunkline/core/crypto.hpp>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace trunkline::store {
namespace {

constexpr char const* variable = "TRUNKLINE_STORE_KEY";
constexpr std::size_t key_size = 32;
constexpr std::size_t reference_digits = 32;

char const* key_in_environment()
{
    auto const* const text = std::getenv(variable);
    return text && *text ? text : nullptr;
}

std::string decode_key(std::string_view text, std::string const& source)
{
    auto key = crypto::from_hex(text);
    if (!key || key->size() != key_size)
        fail(errc::key_unavailable,
            source + " does not hold a store key (64 hex digits); put the right key there");
    return *std::move(key);
}

/// Reads a little more than a key, to notice a file that is something else.
std::string read_head(int fd, std::string const& path)
{
    std::array<char, 2 * key_size + 16> buffer{};
    std::size_t used = 0;
    while (used < buffer.size()) {
        auto const n = ::read(fd, buffer.data() + used, buffer.size() - used);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0)
            fail(errc::key_unavailable, "cannot read the key file " + path + "; check its disk");
        if (n == 0) break;
        used += static_cast<std::size_t>(n);
    }
    return {buffer.data(), used};
}

void require_private(int fd, std::string const& path)
{
    struct stat info {};
    if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
        fail(errc::key_unavailable, "the key file " + path + " is no regular file");
    if ((info.st_mode & 077) != 0)
        fail(errc::key_unavailable,
            "the key file " + path +
                " is open to other users; run chmod 600 on it, and consider the "
                "key known to them");
}

std::optional<std::string> read_key_file(std::string const& path)
{
    descriptor const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file && errno == ENOENT) return std::nullopt;
    if (!file)
        fail(errc::key_unavailable,
            "cannot open the key file " + path + ": " + std::strerror(errno) +
                "; make it readable for this user");
    require_private(file.get(), path);
    auto text = read_head(file.get(), path);
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    auto key = decode_key(text, "the key file " + path);
    crypto::wipe(text);
    return key;
}

std::string derive(std::string const& key, std::string_view purpose)
{
    auto const d = crypto::hmac_sha256(key, purpose);
    return {d.begin(), d.end()};
}

/// Tenant and text as one, so that no other pair gives the same bytes.
std::string bound(std::string_view tenant, std::string_view text)
{
    return std::to_string(tenant.size()) + ":" + std::string(tenant) + "|" + std::string(text);
}

} // namespace

std::string key_source::description() const
{
    if (key_in_environment()) return variable;
    return file_.empty() ? "memory" : file_;
}

std::optional<std::string> key_source::find() const
{
    if (auto const* const text = key_in_environment()) return decode_key(text, variable);
    if (file_.empty()) return std::nullopt;
    return read_key_file(file_);
}

std::string key_source::create() const
{
    auto key = crypto::random_bytes(key_size);
    if (file_.empty()) return key;
    auto text = crypto::to_hex(key) + "\n";
    auto const created = publish_private_file(file_, text);
    crypto::wipe(text);
    if (created) return key;
    if (auto other = read_key_file(file_)) return *std::move(other);
    fail(errc::key_unavailable, "the key file " + file_ + " vanished while it was read; repeat");
}

key_ring::key_ring(std::string key)
    : sealing_(derive(key, "trunkline store sealing key 1")),
      digesting_(derive(key, "trunkline store digesting key 1")),
      check_(crypto::to_hex(crypto::hmac_sha256(key, "trunkline store key check 1")))
{
    crypto::wipe(key);
}

key_ring::~key_ring()
{
    crypto::wipe(sealing_);
    crypto::wipe(digesting_);
}

std::string key_ring::reference(std::string_view tenant, std::string_view secret) const
{
    auto text = bound(tenant, secret);
    auto const digest = crypto::to_hex(crypto::hmac_sha256(digesting_, text));
    crypto::wipe(text);
    return "@secret:" + digest.substr(0, reference_digits);
}

std::string key_ring::seal(
    std::string_view tenant, std::string_view reference, std::string_view secret) const
{
    return crypto::to_base64(crypto::seal(sealing_, secret, bound(tenant, reference)));
}

std::optional<std::string> key_ring::open(
    std::string_view tenant, std::string_view reference, std::string_view sealed) const
{
    auto const bytes = crypto::from_base64(sealed);
    if (!bytes) return std::nullopt;
    return crypto::open(sealing_, *bytes, bound(tenant, reference));
}

} // namespace trunkline::store
