#include <retell/api_keys.hpp>

#include <trunkline/core/crypto.hpp>

#include <cstring>

namespace trunkline::retell {
namespace {

/// Never 0, which stands for unknown.
std::uint32_t fingerprint_of(std::string const& text)
{
    std::uint32_t n = 0;
    auto const digest = crypto::sha256(text);
    std::memcpy(&n, digest.data(), sizeof n);
    return n == 0 ? 1 : n;
}

} // namespace

class api_keys::key {
public:
    explicit key(std::string t) : text(std::move(t)), fingerprint(fingerprint_of(text)) {}
    std::string text;
    std::uint32_t fingerprint;
    bool accepted = false;
    unsigned refusals = 0; ///< In a row.
    clock::time_point paused_until = clock::time_point::min();

    bool is_paused(clock::time_point now) const noexcept { return now < paused_until; }
};

api_keys::api_keys(std::string first, key_options options)
    : options_(options), current_(std::make_shared<key>(std::move(first)))
{}

void api_keys::set(std::string next)
{
    std::lock_guard const lock(mutex_);
    ++changes_;
    // To fall back on, a key that has proved itself is best, and one that was refused is none.
    bool const proved = current_->accepted || !previous_;
    if (current_->refusals == 0 && proved && current_->text != next) previous_ = current_;
    if (previous_ && previous_->text == next) previous_.reset();
    current_ = std::make_shared<key>(std::move(next));
}

api_keys::handle api_keys::choose(clock::time_point now)
{
    std::lock_guard const lock(mutex_);
    if (current_->is_paused(now)) return previous_;
    // Out of its pause: this call tries it, the others go on as before until it is known.
    if (current_->paused_until != clock::time_point::min())
        current_->paused_until = now + options_.pause;
    return current_;
}

std::string api_keys::why_none(clock::time_point now) const
{
    std::lock_guard const lock(mutex_);
    using std::chrono::seconds;
    auto const left = std::chrono::ceil<seconds>(current_->paused_until - now);
    return "the API key was refused " + std::to_string(current_->refusals) +
        " times in a row and is not tried for " + std::to_string(left.count()) +
        " s more; give another one";
}

void api_keys::accepted(handle const& k)
{
    std::lock_guard const lock(mutex_);
    k->accepted = true;
    k->refusals = 0;
    k->paused_until = clock::time_point::min();
    if (k == current_) previous_.reset();
}

api_keys::handle api_keys::refused(handle const& k, clock::time_point now, bool is_repeat)
{
    std::lock_guard const lock(mutex_);
    ++k->refusals;
    if (k == previous_) previous_.reset();
    if (k != current_) return is_repeat || current_->is_paused(now) ? nullptr : current_;
    if (previous_ || k->refusals >= options_.refusals) k->paused_until = now + options_.pause;
    return is_repeat ? nullptr : previous_;
}

std::string const& api_keys::text(handle const& k) noexcept
{
    return k->text;
}

std::uint32_t api_keys::fingerprint(handle const& k) noexcept
{
    return k ? k->fingerprint : 0;
}

bool api_keys::is_current(handle const& k) const
{
    std::lock_guard const lock(mutex_);
    return k == current_;
}

key_state api_keys::state(clock::time_point now) const
{
    std::lock_guard const lock(mutex_);
    key_state s;
    s.changes = changes_;
    s.confirmed = current_->accepted;
    s.refused = current_->refusals > 0;
    s.paused = current_->is_paused(now);
    s.previous_kept = previous_ != nullptr;
    return s;
}

void api_keys::hide(std::string& text) const
{
    std::lock_guard const lock(mutex_);
    hide_key(current_->text, text);
    if (previous_) hide_key(previous_->text, text);
}

void hide_key(std::string const& key, std::string& text)
{
    // A key this short is no key, and would tear words apart.
    constexpr std::size_t shortest = 6;
    if (key.size() < shortest) return;
    for (auto at = text.find(key); at != std::string::npos; at = text.find(key, at))
        text.replace(at, key.size(), "***");
}

} // namespace trunkline::retell
