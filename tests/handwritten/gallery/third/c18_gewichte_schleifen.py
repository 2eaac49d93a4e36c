# Neuronales Netz nur mit Listen und Schleifen (ohne numpy!!)
import math
import random

random.seed(4)

ANZ_EIN, ANZ_VERST, ANZ_AUS = 2, 3, 1
gewichte_ev = [[random.uniform(-1, 1) for j in range(ANZ_VERST)] for i in range(ANZ_EIN)]
gewichte_va = [[random.uniform(-1, 1) for k in range(ANZ_AUS)] for j in range(ANZ_VERST)]
schwelle_v = [random.uniform(-1, 1) for j in range(ANZ_VERST)]
schwelle_a = [random.uniform(-1, 1) for k in range(ANZ_AUS)]

def f(x):
    return math.tanh(x)

def f_strich(y):
    return 1.0 - y * y

def vorwaerts(ein):
    global versteckt, aus
    versteckt = []
    for j in range(ANZ_VERST):
        s = schwelle_v[j]
        for i in range(ANZ_EIN):
            s = s + ein[i] * gewichte_ev[i][j]
        versteckt.append(f(s))
    aus = []
    for k in range(ANZ_AUS):
        s = schwelle_a[k]
        for j in range(ANZ_VERST):
            s = s + versteckt[j] * gewichte_va[j][k]
        aus.append(f(s))
    return aus

def lernen(ein, soll, rate):
    vorwaerts(ein)
    fehler_a = [0.0] * ANZ_AUS
    for k in range(ANZ_AUS):
        fehler_a[k] = (soll[k] - aus[k]) * f_strich(aus[k])
    fehler_v = [0.0] * ANZ_VERST
    for j in range(ANZ_VERST):
        summe = 0.0
        for k in range(ANZ_AUS):
            summe += fehler_a[k] * gewichte_va[j][k]
        fehler_v[j] = summe * f_strich(versteckt[j])
    for j in range(ANZ_VERST):
        for k in range(ANZ_AUS):
            gewichte_va[j][k] += rate * fehler_a[k] * versteckt[j]
    for k in range(ANZ_AUS):
        schwelle_a[k] += rate * fehler_a[k]
    for i in range(ANZ_EIN):
        for j in range(ANZ_VERST):
            gewichte_ev[i][j] += rate * fehler_v[j] * ein[i]
    for j in range(ANZ_VERST):
        schwelle_v[j] += rate * fehler_v[j]
    return sum(0.5 * (soll[k] - aus[k]) ** 2 for k in range(ANZ_AUS))

muster = [([-1, -1], [-1]), ([-1, 1], [1]), ([1, -1], [1]), ([1, 1], [-1])]
for schritt in range(400):
    gesamt = 0.0
    for e, s in muster:
        gesamt += lernen(e, s, 0.1)
    if schritt % 100 == 0:
        print('Schritt', schritt, 'Fehler', gesamt)
for e, s in muster:
    print(e, s, vorwaerts(e))
