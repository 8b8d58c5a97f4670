#include <trunkline/core/crypto.hpp>
#include <trunkline/mask/policy.hpp>

#include "policy_data.hpp"
#include "window.hpp"

#include <algorithm>
#include <stdexcept>

namespace trunkline {

using mask_detail::policy_data;

namespace mask_detail {

policy_data::policy_data()
{
    for (std::size_t z = 0; z < mask_zone_count; ++z)
        for (std::size_t t = 0; t < mask_type_count; ++t)
            actions[z][t] = default_action(static_cast<mask_type>(t), static_cast<mask_zone>(z));
    add_known_keys(keys);
    add_token_words(words);
    add_number_words(words);
    add_context_words(words);
    for (unsigned c = 0; c < 256; ++c) in_word[c] = is_word(static_cast<byte>(c));
}

void policy_data::add_pattern(std::string pattern)
{
    begins_secret[static_cast<byte>(pattern[0])] = true;
    in_word[static_cast<byte>(pattern[0])] = false;
    second_of_secret_[static_cast<byte>(pattern[1])] |= 1u << (static_cast<byte>(pattern[0]) % 32);
    patterns_.push_back(std::move(pattern));
}

void policy_data::add_secret(std::string_view value)
{
    if (value.size() < mask_policy::shortest_secret || value.size() > mask_policy::longest_secret)
        throw std::invalid_argument("a known secret has 8 to 512 bytes");
    if (std::ranges::find(secrets, value) != secrets.end()) return;
    secrets.emplace_back(value);
    add_pattern(std::string(value));
    // What the detectors see of it where it stands as it is: "a%41" is read as "aA".
    auto const seen = std::make_unique<window>();
    seen->assign(value, 0, path);
    std::string decoded(reinterpret_cast<char const*>(seen->data()), seen->size());
    if (decoded != value && decoded.size() >= 4) add_pattern(std::move(decoded));
    // In base64 a value looks differently in each of three places; the characters that also depend
    // on its neighbours are left out.
    for (std::size_t shift = 0; shift < 3; ++shift) {
        auto encoded = crypto::to_base64(std::string(shift, 'x') + std::string(value));
        auto const begin = shift == 0 ? 0u : shift == 1 ? 2u : 3u;
        auto const bits = (shift + value.size()) * 8;
        encoded = encoded.substr(begin, bits / 6 - begin);
        auto url = encoded;
        std::ranges::replace(url, '+', '-');
        std::ranges::replace(url, '/', '_');
        if (url != encoded) add_pattern(std::move(url));
        add_pattern(std::move(encoded));
    }
}

std::size_t policy_data::secret_at(text t, std::size_t i) const noexcept
{
    std::size_t longest = 0;
    for (auto const& p : patterns_)
        if (p.size() > longest && t.starts(i, p)) longest = p.size();
    return longest;
}

} // namespace mask_detail

mask_policy::mask_policy(std::shared_ptr<policy_data const> data) noexcept : data_(std::move(data))
{}

namespace {

void require_reason(std::string_view reason)
{
    if (reason.empty()) throw std::invalid_argument("what is allowed needs a reason");
}

} // namespace

mask_policy mask_policy::defaults()
{
    static mask_policy const shared = builder().build();
    return shared;
}

mask_policy mask_policy::for_operators()
{
    static mask_policy const shared = [] {
        builder b;
        for (std::size_t z = 0; z < mask_zone_count; ++z)
            for (std::size_t t = 0; t < mask_type_count; ++t) {
                auto const type = static_cast<mask_type>(t);
                if (!is_secret(type) && type != mask_type::credit_card && type != mask_type::iban)
                    b.action(type, static_cast<mask_zone>(z), mask_action::keep);
            }
        return b.build();
    }();
    return shared;
}

mask_action mask_policy::action(mask_type type, mask_zone zone) const noexcept
{
    return data_->action(type, zone);
}

std::size_t mask_policy::max_input() const noexcept
{
    return data_->max_input;
}

mask_policy::builder::builder() : data_(std::make_unique<policy_data>()) {}
mask_policy::builder::builder(mask_policy const& base)
    : data_(std::make_unique<policy_data>(base.data()))
{}
mask_policy::builder::builder(builder&&) noexcept = default;
mask_policy::builder& mask_policy::builder::operator=(builder&&) noexcept = default;
mask_policy::builder::~builder() = default;

mask_policy::builder& mask_policy::builder::action(
    mask_type type, mask_zone zone, mask_action action)
{
    auto const leaves =
        zone == mask_zone::log || zone == mask_zone::error || zone == mask_zone::webhook_out;
    if (is_secret(type) && leaves && action != mask_action::full && action != mask_action::drop)
        throw std::invalid_argument(std::string(name(type)) + " is a secret: in zone " +
            std::string(name(zone)) + " it is always masked in full");
    data_->actions[static_cast<std::size_t>(zone)][static_cast<std::size_t>(type)] = action;
    return *this;
}

mask_policy::builder& mask_policy::builder::sensitive_key(std::string_view words, mask_type type)
{
    data_->keys.add(words, {type, mask_detail::key_rule::any});
    return *this;
}

mask_policy::builder& mask_policy::builder::harmless_key(std::string_view words)
{
    mask_detail::text const t(
        reinterpret_cast<mask_detail::byte const*>(words.data()), 0, words.size());
    auto const* const known = data_->keys.find(t, 0, words.size());
    if (known && is_secret(known->type) && known->rule <= mask_detail::key_rule::cookie)
        throw std::invalid_argument(
            "values under \"" + std::string(words) + "\" are secret and cannot be allowed");
    data_->keys.forget(words);
    return *this;
}

mask_policy::builder& mask_policy::builder::token_key(std::string_view id, std::string_view key)
{
    auto const plain = [](char c) {
        return mask_detail::is_alnum(static_cast<mask_detail::byte>(c));
    };
    if (id.empty() || id.size() > 8 || !std::ranges::all_of(id, plain))
        throw std::invalid_argument("the id of a token key is 1 to 8 letters or digits");
    if (key.size() < 16) throw std::invalid_argument("a token key has 16 bytes or more");
    data_->token_key_id = id;
    data_->token_key = key;
    return *this;
}

mask_policy::builder& mask_policy::builder::secret(std::string_view value)
{
    data_->add_secret(value);
    return *this;
}

mask_policy::builder& mask_policy::builder::max_input(std::size_t bytes)
{
    data_->max_input = bytes;
    return *this;
}

mask_policy::builder& mask_policy::builder::scalar_only(bool on)
{
    data_->path = on ? mask_detail::scan_path::scalar : mask_detail::best_path();
    return *this;
}

mask_policy::builder& mask_policy::builder::fail_at(std::size_t step)
{
    data_->fails_at = step;
    return *this;
}

mask_policy::builder& mask_policy::builder::value(std::string_view text, mask_type type)
{
    data_->rules.mask_value(text, type);
    return *this;
}

mask_policy::builder& mask_policy::builder::harmless_value(
    std::string_view text, std::string_view reason)
{
    require_reason(reason);
    data_->rules.allow_value(text, reason);
    return *this;
}

mask_policy::builder& mask_policy::builder::pattern(
    std::string_view name, std::string_view expression, mask_type type)
{
    if (name.empty()) throw std::invalid_argument("a pattern has a name");
    data_->rules.mask_pattern(name, expression, type);
    return *this;
}

mask_policy::builder& mask_policy::builder::harmless_pattern(
    std::string_view expression, std::string_view reason)
{
    require_reason(reason);
    data_->rules.allow_pattern(expression, reason);
    return *this;
}

bool mask_policy::builder::has_patterns() noexcept
{
    return mask_detail::patterns_supported();
}

mask_policy mask_policy::builder::build() const
{
    auto data = std::make_shared<policy_data>(*data_);
    data->remember_usual_keys();
    return mask_policy(std::move(data));
}

} // namespace trunkline
