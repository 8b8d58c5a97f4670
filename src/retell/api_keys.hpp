#pragma once

#include <trunkline/retell/key_state.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace trunkline::retell {

/**
 * The key in use and, until that has proved itself, the one before it. Pure: time is passed in.
 * Thread safety: any thread.
 */
class api_keys {
public:
    using clock = std::chrono::steady_clock;
    class key;
    using handle = std::shared_ptr<key>;

    api_keys(std::string first, key_options options);

    /// Takes effect for calls that begin afterwards.
    void set(std::string next);

    /// The key of a call that begins; null if the only one is left alone for now.
    handle choose(clock::time_point now);
    /// Why choose() gave none: one line.
    std::string why_none(clock::time_point now) const;
    void accepted(handle const& k);
    /// The service answered 401. Returns the key with which to repeat the call, if there is a
    /// better one; `is_repeat` if it is that repetition already.
    handle refused(handle const& k, clock::time_point now, bool is_repeat);

    static std::string const& text(handle const& k) noexcept;
    /// Tells keys apart, and tells nothing of them: a part of a digest.
    static std::uint32_t fingerprint(handle const& k) noexcept;
    bool is_current(handle const& k) const;
    key_state state(clock::time_point now) const;
    /// Takes the keys known here out of a text that came from elsewhere.
    void hide(std::string& text) const;

private:
    mutable std::mutex mutex_;
    key_options options_;
    handle current_;
    handle previous_; ///< Null once the current key has brought a success, or this one was refused.
    std::uint64_t changes_ = 0;
};

/// Takes one key out of a text.
void hide_key(std::string const& key, std::string& text);

} // namespace trunkline::retell
