// SPDX-License-Identifier: Apache-2.0
package org.survol.scene;

import java.io.IOException;
import java.nio.file.Path;

/** The generator alone, for making training sets: {@code --seed N --size METRES --vintage YEAR --epsg CODE -o DIR}. */
public final class SceneMain {

    private SceneMain() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        long seed = 1;
        int size = SceneSpec.DEFAULT_SIZE_METRES;
        int vintage = SceneSpec.DEFAULT_VINTAGE;
        int epsg = SceneSpec.EPSG;
        Path directory = null;
        for (int i = 0; i + 1 < arguments.length; i += 2) {
            String value = arguments[i + 1];
            switch (arguments[i]) {
                case "--seed" -> seed = Long.parseLong(value);
                case "--size" -> size = Integer.parseInt(value);
                case "--vintage" -> vintage = Integer.parseInt(value);
                case "--epsg" -> epsg = Integer.parseInt(value);
                case "-o" -> directory = Path.of(value);
                default -> refuse("no such option: " + arguments[i]);
            }
        }
        if (directory == null || arguments.length % 2 != 0) {
            refuse("usage: --seed N --size METRES --vintage YEAR --epsg CODE -o DIR");
        }
        var spec = new SceneSpec(seed, size, vintage, epsg);
        SceneGenerator.generate(spec, directory, ProgressListener.SILENT);
        System.out.println(directory.resolve("item.json"));
    }

    private static void refuse(String reason) {
        System.err.println(reason);
        System.exit(2);
    }
}
