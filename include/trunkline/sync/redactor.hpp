#pragma once

#include <trunkline/core/ids.hpp>
#include <trunkline/core/json.hpp>
#include <trunkline/retell/catalogue.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace trunkline::store {
class store;
}

namespace trunkline::sync {

/// What to do with a reference the vault does not know. Keeping it is for reading only: such a
/// document can be compared and replaced, never sent.
enum class unknown_secrets : bool { refuse, keep };

/**
 * Takes secrets out of documents and puts them back, through the store's vault.
 *
 * Everything the engine keeps, compares, shows or writes to disk is redacted; a secret exists in clear
 * only between the service's answer and redact(), and between reveal() and the request.
 * Thread safety and lifetime: those of the store, which must outlive it.
 */
class redactor {
public:
    redactor(store::store& vault, tenant_id tenant);

    /// A document of the service: repairs known object fields damaged to "[]", seals every secret.
    json::value redact(retell::resource_kind kind, json::value document) const;

    /// A redactor whose redact() keeps new secrets in memory until seal_pending() stores all of
    /// them in one transaction: for reading whole accounts.
    redactor batching() const;
    void seal_pending() const;

    /// A document of a bundle file: "@secret:..." must be known to the vault, "@env:NAME" is read
    /// from the environment, "@@..." stands for a literal "@...", anything else is sealed as a new
    /// secret. Throws trunkline::error: invalid_bundle naming the variable or reference that cannot
    /// be resolved.
    json::value adopt(retell::resource_kind kind, json::value document,
        unknown_secrets unknown = unknown_secrets::refuse) const;

    /// The document to send: references replaced by the secrets. Throws trunkline::error (unseal_failed).
    json::value reveal(retell::resource_kind kind, json::value document) const;

    /// Seals one secret that somebody gave; returns its reference.
    std::string seal(std::string_view secret) const { return take_in(secret); }

    tenant_id const& tenant() const noexcept { return tenant_; }

private:
    std::string take_in(std::string_view secret) const;

    store::store* vault_;
    tenant_id tenant_;
    std::shared_ptr<std::map<std::string, std::string>>
        pending_; ///< Reference -> secret; null: seal at once.
};

inline constexpr std::string_view secret_prefix = "@secret:";
inline constexpr std::string_view env_prefix = "@env:";

} // namespace trunkline::sync
