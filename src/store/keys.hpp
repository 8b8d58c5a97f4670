#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace trunkline::store {

/// Where the 32 bytes of a store's key come from: TRUNKLINE_STORE_KEY, else the key file, else (a
/// store in memory without a key file) chance.
class key_source {
public:
    /// `file` may be empty.
    explicit key_source(std::string file) : file_(std::move(file)) {}

    /// The key, or nothing if there is none yet. Throws key_unavailable if it is malformed,
    /// unreadable or readable by others.
    std::optional<std::string> find() const;
    /// Makes a new key, on disk before it returns; returns the one in place if another process was faster.
    std::string create() const;
    /// For messages: names the source, never the key.
    std::string description() const;

private:
    std::string file_;
};

/**
 * The two keys derived from a store's key: one seals, one digests, so that no value is made with
 * the key of another purpose. Immutable; safe for concurrent use. Wiped when destroyed.
 */
class key_ring {
public:
    /// Precondition: 32 bytes.
    explicit key_ring(std::string key);
    key_ring(key_ring&&) noexcept = default;
    key_ring& operator=(key_ring&&) = delete;
    ~key_ring();

    /// Tells this key from others without telling anything of it.
    std::string const& check_value() const noexcept { return check_; }
    /// "@secret:" and 32 hex digits, the same for the same secret of the same tenant.
    std::string reference(std::string_view tenant, std::string_view secret) const;
    std::string seal(
        std::string_view tenant, std::string_view reference, std::string_view secret) const;
    /// Nothing if it was not sealed under this key, for this tenant and reference.
    std::optional<std::string> open(
        std::string_view tenant, std::string_view reference, std::string_view sealed) const;

private:
    std::string sealing_;
    std::string digesting_;
    std::string check_;
};

} // namespace trunkline::store
