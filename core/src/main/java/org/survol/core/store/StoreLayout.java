// SPDX-License-Identifier: Apache-2.0
package org.survol.core.store;

import org.survol.core.event.RunRef;
import org.survol.core.grid.TileAddress;
import org.survol.core.raster.ClassSideFile;

/**
 * Where everything lies in the bucket. Keys derive from inputs only (acquisition id, and a run id that digests item,
 * model, grid and code version), so doing a thing twice writes the same object.
 *
 * <pre>
 * inbox/{acquisition}/…                                    delivered images
 * acquisitions/{acquisition}/item.json                     the STAC Item that was accepted
 * acquisitions/{acquisition}/told/{arrival}                empty; one per arrival in the inbox that has been announced
 * models/{name}.onnx                                       models, each with its card inside
 * pinned-models/{sha256}.onnx                              those that runs were planned with
 * runs/{acquisition}/{run}/plan.json                       the {@link org.survol.core.plan.Plan}
 * runs/{acquisition}/{run}/tiles/{c}_{r}/stack.tif         and classes.tif with classes.tif.aux.xml (class names),
 *                                                          probabilities.tif, confidence.tif, prediction.json (the event that told of them), topology.bin
 * runs/{acquisition}/{run}/settled/{c}_{r}.json            one per tile that needs no more work, however it ended
 * products/{acquisition}/{run}/…                           the finished map
 * cancelled/{acquisition}/{run}                            empty; one per run that nobody wants any more ({@link CancelledRuns})
 * exports/{job}/…                                          a part of a map, or a map in another format, made when ordered
 * </pre>
 */
public final class StoreLayout {

    public static final String INBOX = "inbox/";
    public static final String MODELS = "models/";
    public static final String EXPORTS = "exports/";
    static final String CANCELLED = "cancelled/";

    private StoreLayout() {}

    public static String inbox(String acquisition, String fileName) {
        return INBOX + acquisition + "/" + fileName;
    }

    public static String item(String acquisition) {
        return "acquisitions/" + acquisition + "/item.json";
    }

    /** @param arrival digest of what arrived */
    public static String told(String acquisition, String arrival) {
        return "acquisitions/" + acquisition + "/told/" + arrival;
    }

    public static String model(String name) {
        return MODELS + name + ".onnx";
    }

    /** A model as it was when a run was planned with it, whatever lies under its name since. */
    public static String pinnedModel(String sha256) {
        return "pinned-models/" + sha256 + ".onnx";
    }

    public static String plan(RunRef run) {
        return runPrefix(run) + "plan.json";
    }

    public static String stack(RunRef run, TileAddress tile) {
        return tilePrefix(run, tile) + "stack.tif";
    }

    public static String classes(RunRef run, TileAddress tile) {
        return tilePrefix(run, tile) + "classes.tif";
    }

    /** Beside the classes, under the name that GDAL looks for. */
    public static String classNames(RunRef run, TileAddress tile) {
        return classes(run, tile) + ClassSideFile.SUFFIX;
    }

    public static String probabilities(RunRef run, TileAddress tile) {
        return tilePrefix(run, tile) + "probabilities.tif";
    }

    public static String confidence(RunRef run, TileAddress tile) {
        return tilePrefix(run, tile) + "confidence.tif";
    }

    public static String prediction(RunRef run, TileAddress tile) {
        return tilePrefix(run, tile) + "prediction.json";
    }

    public static String topology(RunRef run, TileAddress tile) {
        return tilePrefix(run, tile) + "topology.bin";
    }

    public static String settledPrefix(RunRef run) {
        return runPrefix(run) + "settled/";
    }

    public static String settled(RunRef run, TileAddress tile) {
        return settledPrefix(run) + tile + ".json";
    }

    public static String product(RunRef run, String fileName) {
        return "products/" + run.acquisition() + "/" + run.run() + "/" + fileName;
    }

    /** @param job whose result it is */
    public static String export(String job, String fileName) {
        return EXPORTS + job + "/" + fileName;
    }

    public static String cancelled(RunRef run) {
        return CANCELLED + run.acquisition() + "/" + run.run();
    }

    private static String runPrefix(RunRef run) {
        return "runs/" + run.acquisition() + "/" + run.run() + "/";
    }

    private static String tilePrefix(RunRef run, TileAddress tile) {
        return runPrefix(run) + "tiles/" + tile + "/";
    }
}
