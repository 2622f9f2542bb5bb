// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which instance a command talks to. */
final class InstanceOptions {

    static final String DEFAULT_DATA = "./survol-data";

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = DEFAULT_DATA,
            description = "Data folder of the instance (default: ${DEFAULT-VALUE}).")
    private Path data;

    @Option(
            names = "--url",
            paramLabel = "URL",
            description =
                    "Catalogue of an instance elsewhere, instead of --data. Its store is read from the environment: "
                            + "SURVOL_STORE_ENDPOINT, SURVOL_STORE_ACCESS_KEY, SURVOL_STORE_SECRET_KEY, SURVOL_STORE_BUCKET "
                            + "(survol), SURVOL_STORE_REGION (us-east-1). Where roles are asked for, SURVOL_TOKEN holds a token.")
    private URI url;

    @Option(
            names = "--ingest-url",
            paramLabel = "URL",
            description = "Intake of an instance elsewhere (default: the same as --url).")
    private URI ingestUrl;

    DataFolder folder() {
        return new DataFolder(data);
    }

    Instance find() {
        return url == null ? Instance.on(folder()) : elsewhere(System.getenv());
    }

    private Instance elsewhere(Map<String, String> environment) {
        var ingest = Optional.ofNullable(ingestUrl).orElse(url);
        var services = new LinkedHashMap<String, URI>();
        services.put("ingest", ingest);
        services.put("catalog", url);
        return new Instance(
                Optional.empty(),
                withoutSlash(url),
                withoutSlash(ingest),
                services,
                new Instance.StoreAccess(
                        URI.create(environment.getOrDefault("SURVOL_STORE_ENDPOINT", "http://127.0.0.1:9000")),
                        environment.getOrDefault("SURVOL_STORE_REGION", "us-east-1"),
                        environment.getOrDefault("SURVOL_STORE_BUCKET", "survol"),
                        environment.getOrDefault("SURVOL_STORE_ACCESS_KEY", ""),
                        environment.getOrDefault("SURVOL_STORE_SECRET_KEY", "")));
    }

    private static URI withoutSlash(URI address) {
        return URI.create(address.toString().replaceFirst("/+$", ""));
    }
}
