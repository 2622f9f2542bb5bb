// SPDX-License-Identifier: Apache-2.0
package org.survol.standalone;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The built project: where the jars of each process and the bundled models lie. */
record Distribution(Path home) {

    private static final String HOME_PROPERTY = "survol.home";

    static Distribution ofThisProcess() {
        var home = System.getProperty(HOME_PROPERTY);
        if (home == null) {
            throw new CommandFailed("start it through ./survol, which sets -D" + HOME_PROPERTY);
        }
        return new Distribution(Path.of(home).toAbsolutePath().normalize());
    }

    Path launcherJar() {
        return demand(home.resolve("standalone/launcher/target/launcher.jar"));
    }

    Path models() {
        return home.resolve("models");
    }

    /** JVM arguments that start a Quarkus service. */
    List<String> service(String module, List<String> jvmOptions) {
        var arguments = new ArrayList<>(jvmOptions);
        arguments.add("-jar");
        arguments.add(demand(home.resolve(module).resolve("target/quarkus-app/quarkus-run.jar"))
                .toString());
        return arguments;
    }

    /** JVM arguments that start a plain program of {@code standalone/}. */
    List<String> program(String module, String mainClass, List<String> jvmOptions) {
        var target = demand(home.resolve("standalone").resolve(module).resolve("target"));
        var arguments = new ArrayList<>(jvmOptions);
        arguments.add("-cp");
        arguments.add(target + "/*:" + target + "/lib/*");
        arguments.add(mainClass);
        return arguments;
    }

    private static Path demand(Path path) {
        if (!Files.exists(path)) {
            throw new CommandFailed(path + " is missing. Build the project first: ./mvnw -Dquick -DskipTests package");
        }
        return path;
    }
}
