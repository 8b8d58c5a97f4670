#include <trunkline/sync/redactor.hpp>

#include <trunkline/core/crypto.hpp>
#include <trunkline/core/diagnostics.hpp>
#include <trunkline/store/store.hpp>

#include <cstdlib>

namespace trunkline::sync {

redactor::redactor(store::store& vault, tenant_id tenant)
    : vault_(&vault), tenant_(std::move(tenant))
{}

json::value redactor::redact(retell::resource_kind kind, json::value document) const
{
    retell::repair_empty_objects(kind, document);
    retell::for_each_secret(kind, document,
        [&](std::string_view secret) { return secret.empty() ? std::string() : take_in(secret); });
    json::settle(document);
    return document;
}

std::string redactor::take_in(std::string_view secret) const
{
    if (!pending_) return vault_->seal_secret(tenant_, secret);
    auto reference = vault_->secret_reference(tenant_, secret);
    if (!pending_->contains(reference) && !vault_->knows_secret(tenant_, reference))
        pending_->emplace(reference, secret);
    return reference;
}

redactor redactor::batching() const
{
    auto copy = *this;
    copy.pending_ = std::make_shared<std::map<std::string, std::string>>();
    return copy;
}

void redactor::seal_pending() const
{
    if (!pending_ || pending_->empty()) return;
    store::store::transaction t(*vault_);
    for (auto& [reference, secret] : *pending_) {
        vault_->seal_secret(tenant_, secret);
        crypto::wipe(secret);
    }
    t.commit();
    pending_->clear();
}

json::value redactor::adopt(
    retell::resource_kind kind, json::value document, unknown_secrets unknown) const
{
    retell::repair_empty_objects(kind, document);
    retell::for_each_secret(kind, document, [&](std::string_view text) -> std::string {
        if (text.empty()) return {};
        if (text.starts_with(secret_prefix)) {
            if (unknown == unknown_secrets::refuse && !vault_->knows_secret(tenant_, text))
                throw error(errc::invalid_bundle,
                    "the store has no secret " + std::string(text) +
                        "; use the store this folder was pulled with, or write @env:NAME in its "
                        "place");
            return std::string(text);
        }
        if (text.starts_with(env_prefix)) {
            std::string const name(text.substr(env_prefix.size()));
            char const* const found = std::getenv(name.c_str());
            if (!found || !*found)
                throw error(errc::invalid_bundle,
                    "the environment variable " + name + " named by @env:" + name + " is not set");
            return vault_->seal_secret(tenant_, found);
        }
        if (auto const at = text.find(env_prefix);
            at != text.npos && at > 0 && !text.starts_with("@@"))
            throw error(errc::invalid_bundle,
                "a secret holds " + std::string(env_prefix) +
                    " in its middle, where nothing is put in; let the variable hold the whole "
                    "secret (\"Bearer ...\") and write \"@env:NAME\" alone");
        if (text.starts_with("@@")) text.remove_prefix(1);
        return vault_->seal_secret(tenant_, text);
    });
    json::settle(document);
    return document;
}

json::value redactor::reveal(retell::resource_kind kind, json::value document) const
{
    retell::for_each_secret(kind, document, [&](std::string_view text) {
        return text.starts_with(secret_prefix) ? vault_->open_secret(tenant_, text)
                                               : std::string(text);
    });
    return document;
}

} // namespace trunkline::sync
