// SPDX-License-Identifier: Apache-2.0
package org.survol.access;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;

/** Starts an issuer whose tokens the service under test asks for, to read and to change. */
public final class TokenIssuerResource implements QuarkusTestResourceLifecycleManager {

    private TokenIssuer issuer;

    @Override
    public Map<String, String> start() {
        issuer = TokenIssuer.start();
        return Map.of(
                "survol.access.oidc", "true",
                "survol.access.issuer", issuer.address(),
                "survol.access.anonymous-read", "false",
                "survol.access.anonymous-change", "false");
    }

    @Override
    public void inject(TestInjector injector) {
        injector.injectIntoFields(issuer, new TestInjector.MatchesType(TokenIssuer.class));
    }

    @Override
    public void stop() {
        if (issuer != null) {
            issuer.close();
        }
    }
}
