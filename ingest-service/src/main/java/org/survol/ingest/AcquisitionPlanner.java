// SPDX-License-Identifier: Apache-2.0
package org.survol.ingest;

import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.survol.core.BadInputException;
import org.survol.core.Digest;
import org.survol.core.event.RunRef;
import org.survol.core.grid.TileAddress;
import org.survol.core.grid.TileGrid;
import org.survol.core.model.Band;
import org.survol.core.model.ModelCard;
import org.survol.core.plan.Plan;
import org.survol.core.plan.Plan.Footprint;
import org.survol.core.plan.Plan.PinnedModel;
import org.survol.core.plan.Plan.PlannedTile;
import org.survol.core.plan.Plan.Role;
import org.survol.core.plan.Plan.Source;
import org.survol.core.plan.Windowing;

/**
 * Decides a run: model, grid, halo and tiles. Pure: equal inputs give an equal plan, whatever the order of the lists.
 *
 * <ul>
 *   <li>Model: the one that is asked for; else, of those whose domain holds the flight and whose bands the sources give,
 *       one with a domain before one without, then the one with most bands, ties by name.
 *   <li>Grid: {@linkplain MapCrs the territory's CRS}, the model's GSD.
 *   <li>Footprint: all colour images together; tiles that touch one of them.
 *   <li>Sources in the order of the mosaic: newest, then finest, then file name. At each pixel the first valid one wins.
 * </ul>
 */
final class AcquisitionPlanner {

    /** Part of every run's id: raise it when the same inputs would give other tiles. */
    static final int PLANNER_VERSION = 2;

    /** Averaging finer images down is right at any factor, but reading 400 pixels to make one is a mistake in the header. */
    private static final double MAX_FINER_FACTOR = 20;

    /** Interpolation looks at most three source pixels beyond the pixel it computes. */
    private static final int REACH_PIXELS = 3;

    private static final Comparator<InspectedSource> MOSAIC_ORDER = Comparator.comparing(InspectedSource::datetime)
            .reversed()
            .thenComparingDouble(InspectedSource::gsdMetres)
            .thenComparing(InspectedSource::fileName)
            .thenComparing(InspectedSource::key);

    private final int tileSize;
    private final String windows;
    private final double maxGsdFactor;
    private final int maxTiles;
    private final Optional<Double> featherMetres;

    /**
     * @param windows as {@link Windowing#parse} reads it
     * @param featherMetres 0 for none
     */
    AcquisitionPlanner(int tileSize, String windows, double maxGsdFactor, int maxTiles, double featherMetres) {
        this.featherMetres = featherMetres > 0 ? Optional.of(featherMetres) : Optional.empty();
        this.tileSize = tileSize;
        this.windows = windows;
        this.maxGsdFactor = maxGsdFactor;
        this.maxTiles = maxTiles;
    }

    /**
     * @param refused sources that cannot be used with the model; they are not in the plan
     */
    record Decision(Plan plan, List<BadInputException> refused) {}

    /**
     * @param itemKey what to name when the acquisition as a whole cannot be mapped
     * @param models that may be used: one when it was asked for by name
     * @throws BadInputException when no model fits the sources, or what they cover cannot be mapped
     */
    Decision plan(
            DeliveredItem item,
            String itemKey,
            String itemSha256,
            Collection<InspectedSource> sources,
            Collection<PinnedModel> models) {
        var ranked = models.stream()
                .sorted(Comparator.comparing(
                                (PinnedModel m) -> m.card().domain().isEmpty())
                        .thenComparing(m -> -m.card().bands().size())
                        .thenComparing(m -> m.card().name())
                        .thenComparing(PinnedModel::key))
                .toList();
        var obstacles = new ArrayList<String>();
        for (var model : ranked) {
            var refused = refused(sources, model.card());
            var usable = usable(sources, refused);
            if (missingBands(model.card(), usable).isEmpty()) {
                refused.putAll(misplaced(item, usable));
                usable = usable(sources, refused);
            }
            var missing = missingBands(model.card(), usable);
            if (missing.isEmpty()) {
                return new Decision(
                        plan(item, itemKey, itemSha256, usable, model),
                        refused.values().stream()
                                .sorted(Comparator.comparing(BadInputException::file))
                                .toList());
            }
            obstacles.add(model.card().name() + " lacks " + names(missing)
                    + refused.values().stream()
                            .map(e -> " (" + e.file() + " " + e.reason() + ")")
                            .sorted()
                            .collect(Collectors.joining()));
        }
        throw new BadInputException(
                itemKey,
                "no model fits the delivered images: " + String.join("; ", obstacles),
                "Deliver the missing bands, or put a model into models/ that needs only those delivered");
    }

    /**
     * Models whose domain holds the acquisition. One that is asked for by name need not be among them.
     *
     * @throws BadInputException when there are models, but none for it
     */
    static List<PinnedModel> meantFor(
            DeliveredItem item, String itemKey, List<InspectedSource> sources, Collection<PinnedModel> models) {
        if (sources.isEmpty()) {
            return List.copyOf(models);
        }
        int epsg = MapCrs.of(item.territory(), sources);
        var meant = new ArrayList<PinnedModel>();
        var obstacles = new TreeSet<String>();
        for (var model : models) {
            var obstacle = model.card()
                    .domain()
                    .flatMap(domain -> domain.obstacle(epsg, item.datetime(), item.ofGeneratedScene()));
            if (obstacle.isPresent()) {
                obstacles.add(model.card().name() + " " + obstacle.get());
            } else {
                meant.add(model);
            }
        }
        if (meant.isEmpty()) {
            throw new BadInputException(
                    itemKey,
                    "no model is meant for it: " + String.join("; ", obstacles),
                    "Put a model for it into models/, or ask for one of these by name");
        }
        return meant;
    }

    /** Bands that the model needs and the sources do not give; without colour there is nothing to map on. */
    static Set<Band> missingBands(ModelCard card, Collection<InspectedSource> sources) {
        var missing = EnumSet.of(Band.RED, Band.GREEN, Band.BLUE);
        missing.addAll(card.bands());
        var roles = sources.stream().map(InspectedSource::role).collect(Collectors.toSet());
        if (roles.contains(Role.RGB) || roles.contains(Role.RGBI)) {
            missing.removeAll(Set.of(Band.RED, Band.GREEN, Band.BLUE));
        }
        if (roles.contains(Role.IRC) || roles.contains(Role.RGBI)) {
            missing.remove(Band.NIR);
        }
        if (roles.contains(Role.DSM) && roles.contains(Role.DTM)) {
            missing.remove(Band.ELEVATION);
        }
        return missing;
    }

    static String names(Collection<Band> bands) {
        return bands.stream().map(Band::name).collect(Collectors.joining(", "));
    }

    /** Images too coarse or too fine for the model. Heights are smooth and always coarser: they are not measured by it. */
    private Map<InspectedSource, BadInputException> refused(Collection<InspectedSource> sources, ModelCard card) {
        return sources.stream()
                .filter(source -> !source.isHeight())
                .filter(source -> source.gsdMetres() > card.gsdMetres() * maxGsdFactor
                        || source.gsdMetres() < card.gsdMetres() / MAX_FINER_FACTOR)
                .collect(Collectors.toMap(
                        Function.identity(),
                        source -> new BadInputException(
                                source.key(),
                                String.format(
                                        Locale.ROOT,
                                        "has pixels of %s m, and model %s was trained at %s m",
                                        source.gsdMetres(),
                                        card.name(),
                                        card.gsdMetres()),
                                String.format(
                                        Locale.ROOT,
                                        "Deliver images between %s and %s m per pixel, or ask for a model of that size",
                                        card.gsdMetres() / MAX_FINER_FACTOR,
                                        card.gsdMetres() * maxGsdFactor)),
                        (one, same) -> one,
                        HashMap::new));
    }

    private static List<InspectedSource> usable(
            Collection<InspectedSource> sources, Map<InspectedSource, BadInputException> refused) {
        return sources.stream()
                .filter(source -> !refused.containsKey(source))
                .sorted(MOSAIC_ORDER)
                .toList();
    }

    /** Sources that cannot be brought to the grid's CRS. */
    private static Map<InspectedSource, BadInputException> misplaced(
            DeliveredItem item, List<InspectedSource> sources) {
        int epsg = MapCrs.of(item.territory(), sources);
        var misplaced = new HashMap<InspectedSource, BadInputException>();
        for (var source : sources) {
            if (!Footprints.isFinite(Footprints.transform(source.footprint(), source.epsg(), epsg))) {
                misplaced.put(
                        source,
                        new BadInputException(
                                source.key(),
                                "lies where EPSG:" + source.epsg() + " cannot be brought to EPSG:" + epsg,
                                "Check its CRS and corner, or deliver it in EPSG:" + epsg));
            }
        }
        return misplaced;
    }

    private Plan plan(
            DeliveredItem item, String itemKey, String itemSha256, List<InspectedSource> inspected, PinnedModel model) {
        var grid = new TileGrid(
                MapCrs.of(item.territory(), inspected), model.card().gsdMetres(), tileSize);
        var windowing = windowing(model.card());
        int halo = windowing.halo(tileSize, model.card());
        var sources = inspected.stream().map(source -> source(source, grid)).toList();
        var colour = sources.stream()
                .filter(source -> source.role() == Role.RGB || source.role() == Role.RGBI)
                .map(Source::footprint)
                .toList();
        return new Plan(
                new RunRef(item.id(), runId(itemSha256, inspected, model, grid, windowing)),
                grid,
                halo,
                model,
                Footprints.union(colour),
                item.datetime(),
                item.datetime().atOffset(ZoneOffset.UTC).getYear(),
                sources,
                tiles(itemKey, grid, halo, colour, sources),
                featherMetres,
                windowing);
    }

    private Windowing windowing(ModelCard card) {
        try {
            return Windowing.parse(windows, card);
        } catch (IllegalArgumentException e) {
            throw new BadInputException("survol.windows", e.getMessage(), "Correct that setting and replay", e);
        }
    }

    private static Source source(InspectedSource source, TileGrid grid) {
        return new Source(
                source.asset(),
                source.key(),
                source.identity(),
                source.role(),
                source.epsg(),
                source.gsdMetres(),
                Footprints.transform(source.footprint(), source.epsg(), grid.epsg()),
                Optional.of(source.datetime()),
                Optional.of(source.geo()),
                source.stretch());
    }

    private String runId(
            String itemSha256, List<InspectedSource> sources, PinnedModel model, TileGrid grid, Windowing windowing) {
        var parts = new ArrayList<Object>(List.of(
                "planner " + PLANNER_VERSION,
                itemSha256,
                model.sha256(),
                grid.epsg(),
                grid.gsdMetres(),
                grid.tileSize(),
                windowing.window(),
                windowing.margin()));
        for (var source : sources) {
            parts.add(source.key());
            parts.add(source.content());
            parts.add(source.geo());
            parts.add(source.stretch());
        }
        featherMetres.ifPresent(metres -> parts.add("feather " + metres));
        return Digest.shortened(Digest.ofParts(parts.toArray()));
    }

    private List<PlannedTile> tiles(
            String itemKey, TileGrid grid, int halo, List<Footprint> colour, List<Source> sources) {
        var addresses = new TreeSet<TileAddress>();
        for (var box : colour) {
            var window = grid.windowOfCentres(box.minEasting(), box.minNorthing(), box.maxEasting(), box.maxNorthing());
            double atMost = ((double) window.width() / tileSize + 2) * ((double) window.height() / tileSize + 2);
            if (atMost > 4.0 * maxTiles) {
                throw tooLarge(itemKey, (long) atMost);
            }
            addresses.addAll(grid.tilesTouching(window));
        }
        if (addresses.isEmpty()) {
            throw new BadInputException(
                    itemKey, "its images cover not one pixel of the grid", "Check the images' pixel size and corner");
        }
        if (addresses.size() > maxTiles) {
            throw tooLarge(itemKey, addresses.size());
        }
        return addresses.stream()
                .map(tile -> new PlannedTile(tile, touching(grid, tile, halo, sources)))
                .toList();
    }

    private BadInputException tooLarge(String itemKey, long tiles) {
        return new BadInputException(
                itemKey,
                "it covers some " + tiles + " tiles, more than " + maxTiles,
                "Deliver it in several acquisitions, or raise survol.ingest.max-tiles");
    }

    private static List<Integer> touching(TileGrid grid, TileAddress tile, int halo, List<Source> sources) {
        var window = grid.window(tile).grow(halo);
        var box = new Footprint(
                grid.easting(window.column()),
                grid.northing(window.endRow()),
                grid.easting(window.endColumn()),
                grid.northing(window.row()));
        var touching = new ArrayList<Integer>();
        for (int i = 0; i < sources.size(); i++) {
            double reach =
                    REACH_PIXELS * Math.max(grid.gsdMetres(), sources.get(i).gsdMetres());
            if (Footprints.touch(Footprints.grow(sources.get(i).footprint(), reach), box)) {
                touching.add(i);
            }
        }
        return touching;
    }
}
