<?php

declare(strict_types=1);

namespace Trunkline\Laravel\Middleware;

use Closure;
use Illuminate\Http\JsonResponse;
use Illuminate\Http\Request;
use Trunkline\Laravel\Manager;
use Trunkline\Signature;
use Trunkline\Webhook;

/** Lets a webhook pass only if its raw body is signed with a key that is valid now. */
final class VerifyWebhook
{
    public function __construct(private readonly Manager $manager)
    {
    }

    public function handle(Request $request, Closure $next): mixed
    {
        $found = $this->manager->verify((string) $request->getContent(), (string) $request->headers->get(Webhook::HEADER, ''));
        return match ($found) {
            Signature::Ok => $next($request),
            // Ours to mend: the service should deliver it again.
            Signature::NoKey => new JsonResponse(['error' => 'no webhook key is configured'], 503),
            default => new JsonResponse(['error' => 'invalid signature'], 401),
        };
    }
}
