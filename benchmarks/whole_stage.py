"""From a tile's class raster to a simplified map: ours beside the tools that a GIS user has.

Theirs: gdal_sieve (4-connected, the same smallest polygon), gdal_polygonize into a GeoPackage, ogr2ogr -simplify with the
same tolerance. ogr2ogr simplifies each polygon alone, so what comes out is no coverage; nothing in GDAL 3.6 makes one.
Ours: StageRuns, which reads 19 probabilities a pixel besides and writes four formats. CPU seconds of both.

    python3 whole_stage.py raster.bin 5120
"""

import pathlib
import resource
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
GSD = 0.2
SMALLEST_PIXELS = 250
TOLERANCE_METRES = 0.5


def cpu(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    raster, side = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        vrt, tif, sieved = work / "raster.vrt", work / "classes.tif", work / "sieved.tif"
        vrt.write_text(
            f'<VRTDataset rasterXSize="{side}" rasterYSize="{side}"><SRS>EPSG:2154</SRS>'
            f"<GeoTransform>650000, {GSD}, 0, 6250000, 0, -{GSD}</GeoTransform>"
            f'<VRTRasterBand dataType="Byte" band="1" subClass="VRTRawRasterBand">'
            f"<SourceFilename>{raster.resolve()}</SourceFilename><ImageOffset>0</ImageOffset>"
            f"<PixelOffset>1</PixelOffset><LineOffset>{side}</LineOffset></VRTRasterBand></VRTDataset>"
        )
        subprocess.run(["gdal_translate", "-q", "-of", "COG", vrt, tif], check=True)
        sieve = cpu(["gdal_sieve.py", "-q", "-4", "-st", str(SMALLEST_PIXELS), tif, sieved])
        polygonize = cpu(["gdal_polygonize.py", "-q", sieved, "-f", "GPKG", work / "polygons.gpkg"])
        simplify = cpu(
            ["ogr2ogr", "-simplify", str(TOLERANCE_METRES), work / "simple.gpkg", work / "polygons.gpkg"]
        )
        print(f"GDAL: CPU s: sieve {sieve:.1f}, polygonize {polygonize:.1f}, simplify {simplify:.1f}")
        java = ["java", "-Xmx3g", "-cp", f"{HERE}/target/lib/*:{HERE}/target/*", "org.survol.vectorize.StageRuns"]
        subprocess.run([*java, raster, str(side), work / "ours", "3", "detail"], check=True)


if __name__ == "__main__":
    main()
