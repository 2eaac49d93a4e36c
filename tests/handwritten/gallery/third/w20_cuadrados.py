import numpy as np
# Tarea 5. Red con dos capas ocultas del mismo tamaño
np.random.seed(0)
entrada = np.random.randn(50, 5)
salida = np.tanh(entrada @ np.random.randn(5, 5))
tam = 5
P1, P2, P3 = [np.random.randn(tam, tam) * 0.5 for _ in range(3)]
s1, s2, s3 = np.zeros(tam), np.zeros(tam), np.zeros(tam)
alfa = 0.1
def activacion(n): return 1 / (1 + np.exp(-n))
def adelante(e):
    c1 = activacion(e @ P1 + s1)
    c2 = activacion(c1 @ P2 + s2)
    c3 = np.tanh(c2 @ P3 + s3)
    return c1, c2, c3
def costo(c3, t):
    return np.sum((c3 - t) ** 2) / (2 * len(t))
for vuelta in range(200):
    c1, c2, c3 = adelante(entrada)
    J = costo(c3, salida)
    if vuelta % 50 == 0:
        print("vuelta %d costo %f" % (vuelta, J))
    d3 = (c3 - salida) * (1 - c3 ** 2) / len(salida)
    d2 = d3 @ P3.T * c2 * (1 - c2)
    d1 = d2 @ P3.T * c1 * (1 - c1)
    gP3, gs3 = c2.T @ d3, d3.sum(0)
    gP2, gs2 = c1.T @ d2, d2.sum(0)
    gP1, gs1 = entrada.T @ d1, d1.sum(0)
    P3 = P3 - alfa * gP3; s3 = s3 - alfa * gs3
    P2 = P2 - alfa * gP2; s2 = s2 - alfa * gs2
    P1 = P1 - alfa * gP1; s1 = s1 - alfa * gs1
