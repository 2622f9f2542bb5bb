# The base of the inference image for GPUs: CUDA 12 and cuDNN 9 with a Java 25 runtime. Then, after `./mvnw -Dquick -DskipTests -Pgpu package`:
#
#   docker build -f docker/gpu-base.Dockerfile -t survol/gpu-base:dev docker
#   docker build -f docker/Dockerfile --build-arg BASE_IMAGE=survol/gpu-base:dev \
#     --build-arg APP=inference-service/target/quarkus-app -t survol/inference-service-gpu:dev .
#
# For TensorRT name an image that has it as CUDA_IMAGE (libnvinfer 10 and libnvonnxparser 10, for CUDA 12).
ARG CUDA_IMAGE=nvidia/cuda:12.8.1-cudnn-runtime-ubuntu24.04
ARG JAVA_IMAGE=eclipse-temurin:25-jre
FROM ${JAVA_IMAGE} AS java
FROM ${CUDA_IMAGE}
COPY --from=java /opt/java/openjdk /opt/java/openjdk
ENV PATH=/opt/java/openjdk/bin:${PATH}
# the driver's own libraries and nvidia-smi, put in by NVIDIA's container runtime
ENV NVIDIA_DRIVER_CAPABILITIES=compute,utility
